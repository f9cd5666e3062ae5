/// The training kernel, played on the CPU, against the CPU engine.

#include "fleet.h"

#include "host/cpu/engine.h"
#include "tests/reference/random_trials.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace caviar::cuda {
namespace {

using reference::Random;

struct Expected {
    std::vector<TrialResult> results;
    std::vector<Weights> weights;
};

Expected on_the_cpu(const Dataset& data, const PopulationOptions& options, const std::vector<Hyperparameters>& settings) {
    auto population = cpu::make_cpu_engine(1, "")->populate(data, options);
    std::vector<Trial> trials;
    std::vector<TrialId> ids;
    for (const Hyperparameters& h : settings) {
        Trial t;
        t.id = static_cast<TrialId>(trials.size());
        t.hyperparameters = h;
        ids.push_back(t.id);
        trials.push_back(t);
    }
    population->admit(trials);
    Expected e;
    e.results = population->train(1000, ids);
    for (TrialId id : ids) e.weights.push_back(population->weights(id));
    return e;
}

/// Losses after an epoch are within 1e-4 of each other where sums run in other orders and functions are a few ulp apart. Optimizers
/// that divide by the root of the squared gradient take a full step whatever its size: where a gradient is nearly zero, as at the
/// first steps from a zero output layer, its sign may hang on the rounding, hence five times as much.
double epoch_tolerance(Optimizer o) {
    return o == Optimizer::rmsprop || o == Optimizer::adam || o == Optimizer::adamw ? 5e-4 : 1e-4;
}

void expect_close(float a, float b, double tolerance, const std::string& what) {
    if ((std::isnan(a) && std::isnan(b)) || a == b) return;
    EXPECT_NEAR(a, b, tolerance * std::max(1.0, std::abs(static_cast<double>(b)))) << what;
}

void compare(const Fleet& fleet, const Expected& expected, size_t i, Optimizer optimizer, const std::string& what) {
    const std::vector<EpochLosses>& curve = expected.results[i].curve;
    ASSERT_EQ(fleet.curves[i].size(), curve.size()) << what;
    for (size_t e = 0; e < curve.size(); ++e) {
        expect_close(fleet.curves[i][e].train_loss, curve[e].train_loss, epoch_tolerance(optimizer), what + " train loss, epoch " + std::to_string(e));
        expect_close(fleet.curves[i][e].valid_loss, curve[e].valid_loss, epoch_tolerance(optimizer), what + " valid loss, epoch " + std::to_string(e));
    }
}

std::string describe(const Hyperparameters& h) {
    std::string text = to_string(h.optimizer) + " " + to_string(h.activation) + " batch " + std::to_string(h.batch_size) + " dropout " + std::to_string(h.dropout) + " hidden";
    for (int32_t w : h.hidden) text += " " + std::to_string(w);
    return text;
}

class Kernel : public testing::Test {
    void SetUp() override {
        if (simt::under_tsan) GTEST_SKIP() << "takes minutes where every lane is a thread; race_test.cpp is for that";
    }
};

struct Setting {
    Loss loss;
    Metric metric;
    Task task;
    int classes;
};

TEST_F(Kernel, TrainsEveryKindOfTrialLikeTheCpu) {
    int index = 0;
    for (const Setting& s : std::vector<Setting>{{Loss::softmax_cross_entropy, Metric::accuracy, Task::multiclass, 3},
                                                 {Loss::softmax_cross_entropy, Metric::auc, Task::multiclass, 3},
                                                 {Loss::softmax_cross_entropy, Metric::f1, Task::multiclass, 4},
                                                 {Loss::binary_cross_entropy, Metric::auc, Task::binary, 2},
                                                 {Loss::softmax_cross_entropy, Metric::log_loss, Task::binary, 2},
                                                 {Loss::binary_cross_entropy, Metric::f1, Task::binary, 2},
                                                 {Loss::mean_squared_error, Metric::r2, Task::regression, 1},
                                                 {Loss::mean_squared_error, Metric::mae, Task::regression, 1}}) {
        Random random(static_cast<uint32_t>(index + 5));
        reference::DataShape shape;
        shape.task = s.task;
        shape.classes = s.classes;
        const Dataset data = reference::random_dataset(random, shape);
        std::vector<Hyperparameters> settings;
        for (int i = 0; i < 6; ++i) settings.push_back(reference::random_hyperparameters(random, index++, shape.train));
        FleetOptions options;
        options.population = {77, s.loss, s.metric};
        const Expected expected = on_the_cpu(data, options.population, settings);
        for (Tier tier : {Tier::automatic, Tier::streamed, Tier::grouped}) {
            options.tier = tier;
            Fleet fleet(data, options, settings);
            fleet.train(1000);
            for (size_t i = 0; i < settings.size(); ++i) {
                const std::string what = to_string(tier) + " class " + std::to_string(fleet.plans[i].team) + ": " + describe(settings[i]);
                compare(fleet, expected, i, settings[i].optimizer, what);
                if (fleet.curves[i].empty() || expected.results[i].curve.empty()) continue;
                // Near ties a metric that counts may fall the other way: one row of 20, or 2 pairs in a hundred.
                const bool counts = s.metric == Metric::accuracy || s.metric == Metric::f1 || s.metric == Metric::auc;
                expect_close(fleet.curves[i][0].valid_metric, expected.results[i].curve[0].valid_metric, counts ? 0.051 : epoch_tolerance(settings[i].optimizer), what + " metric");
            }
        }
    }
}

TEST_F(Kernel, DrawsTheSameFirstWeights) {
    Random random(3);
    const Dataset data = reference::random_dataset(random, {});
    std::vector<Hyperparameters> settings;
    for (int i = 0; i < 54; ++i) {
        settings.push_back(reference::random_hyperparameters(random, i, 60));
        settings.back().learning_rate = 1e-30f; // weights stay what they are
        settings.back().weight_decay = 0;
        settings.back().schedule = Schedule::constant;
        settings.back().epochs = 1;
    }
    FleetOptions options;
    options.population.study_seed = 9;
    const Expected expected = on_the_cpu(data, options.population, settings);
    for (Tier tier : {Tier::automatic, Tier::streamed, Tier::grouped}) {
        options.tier = tier;
        Fleet fleet(data, options, settings);
        fleet.train(1);
        for (size_t i = 0; i < settings.size(); ++i) {
            const std::vector<float> weights = fleet.weights(i);
            ASSERT_EQ(weights.size(), expected.weights[i].values.size());
            for (size_t k = 0; k < weights.size(); ++k) // what starts at zero moves by about 1e-30
                if (std::abs(weights[k]) > 1e-20f || std::abs(expected.weights[i].values[k]) > 1e-20f) {
                    ASSERT_EQ(weights[k], expected.weights[i].values[k]) << describe(settings[i]);
                }
        }
    }
}

std::vector<Hyperparameters> mixed(Random& random, int count, int rows) {
    std::vector<Hyperparameters> settings;
    for (int i = 0; i < count; ++i) settings.push_back(reference::random_hyperparameters(random, i * 7 + 1, rows));
    return settings;
}

bool same_bits(const std::vector<EpochRecord>& a, const std::vector<EpochRecord>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(EpochRecord)) == 0);
}
bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * 4) == 0);
}

TEST_F(Kernel, ATrialsBitsDoNotHangOnItsCompany) {
    Random random(11);
    const Dataset data = reference::random_dataset(random, {});
    const std::vector<Hyperparameters> settings = mixed(random, 30, 60);
    for (Precision precision : {Precision::fp32, Precision::tf32x3}) {
        FleetOptions options;
        options.precision = precision;
        Fleet together(data, options, settings);
        together.train(2);
        // In another order, lanes in another order, on three blocks, and an epoch at a time.
        Fleet apart(data, options, settings);
        std::vector<uint32_t> order(settings.size());
        for (uint32_t i = 0; i < order.size(); ++i) order[i] = static_cast<uint32_t>(order.size()) - 1 - i;
        simt::Schedule schedule;
        schedule.order = simt::Order::random;
        schedule.seed = 5;
        apart.train(1, schedule, 3, order);
        schedule.order = simt::Order::descending;
        apart.train(1, schedule, 2, order);
        for (size_t i = 0; i < settings.size(); ++i) {
            EXPECT_TRUE(same_bits(together.curves[i], apart.curves[i])) << describe(settings[i]);
            EXPECT_TRUE(same_bits(together.weights(i, false), apart.weights(i, false))) << describe(settings[i]);
        }
        for (size_t i : {size_t{0}, size_t{7}, size_t{23}}) {
            Fleet alone(data, options, {settings[i]});
            alone.train(2);
            EXPECT_TRUE(same_bits(together.curves[i], alone.curves[0])) << describe(settings[i]);
        }
    }
}

TEST_F(Kernel, PrecisionsOfTheMatrixUnitsAreNearFp32) {
    Random random(12);
    const Dataset data = reference::random_dataset(random, {});
    const std::vector<Hyperparameters> settings = mixed(random, 12, 60);
    FleetOptions options;
    const Expected expected = on_the_cpu(data, options.population, settings);
    // After one epoch: tf32x3 as near as fp32; tf32 and bf16 round each operand by 2^-11 and 2^-8, and losses by a few of these.
    for (const auto& [precision, tolerance] : {std::pair{Precision::tf32x3, 1e-4}, {Precision::tf32, 2e-2}, {Precision::bf16, 1e-1}})
        for (Tier tier : {Tier::automatic, Tier::streamed, Tier::grouped}) {
            options.precision = precision;
            options.tier = tier;
            Fleet fleet(data, options, settings);
            fleet.train(1);
            for (size_t i = 0; i < settings.size(); ++i)
                expect_close(fleet.curves[i][0].train_loss, expected.results[i].curve[0].train_loss, tolerance, describe(settings[i]));
        }
}

/// Whether it returns true, throws, crashes (a row read before its number is there may lie anywhere) or does not come to an end.
template <class F> bool noticed_in_child(const F& f) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        const int null = open("/dev/null", O_WRONLY); // a crash's report is no failure here
        dup2(null, 2);
        bool noticed = true;
        try {
            noticed = f();
        } catch (const std::exception&) {
        }
        _exit(noticed ? 1 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

/// Trials that are trained together.
struct Scenario {
    FleetOptions options;
    std::vector<Hyperparameters> trials;
    int32_t epochs;

    Fleet train(const Dataset& data, const simt::Schedule& schedule = {}) const {
        Fleet fleet(data, options, trials);
        fleet.train(epochs, schedule);
        return fleet;
    }
};

Hyperparameters trial(std::vector<int32_t> hidden, int32_t batch, float dropout, uint64_t seed) {
    Hyperparameters h;
    h.hidden = std::move(hidden);
    h.batch_size = batch;
    h.dropout = dropout;
    h.epochs = 4;
    h.patience = 1;
    h.learning_rate = 0.02f;
    h.seed = seed;
    return h;
}

Hyperparameters diverging(Hyperparameters h) {
    h.learning_rate = 1e30f;
    h.optimizer = Optimizer::sgd;
    return h;
}

/// Leaves out each barrier in turn. With lanes in ascending and in descending order a barrier that is needed changes some bits
/// of some trial, or ends in a fault; one that is not needed goes.
void expect_every_barrier_needed(const Dataset& data, const std::vector<Scenario>& scenarios) {
    if (simt::under_asan) GTEST_SKIP() << "takes a minute and shows what it shows without the sanitizer";
    simt::Schedule ascending, descending;
    descending.order = simt::Order::descending;
    std::vector<simt::Site> sites;
    std::vector<Fleet> right;
    for (const Scenario& scenario : scenarios) {
        right.push_back(scenario.train(data));
        for (const simt::Site& s : right.back().sites)
            if (std::find(sites.begin(), sites.end(), s) == sites.end()) sites.push_back(s);
    }
    EXPECT_GT(sites.size(), 20u);
    for (const simt::Site& site : sites) {
        if (site.text().starts_with("mma_tile.cuh")) continue; // shows under ThreadSanitizer alone: race_test.cpp
        bool noticed = false;
        for (size_t o = 0; o < scenarios.size() && !noticed; ++o)
            for (simt::Schedule schedule : {ascending, descending}) {
                schedule.drop = site;
                noticed = noticed || noticed_in_child([&] {
                    const Fleet fleet = scenarios[o].train(data, schedule);
                    for (size_t i = 0; i < fleet.jobs.size(); ++i)
                        if (!same_bits(fleet.curves[i], right[o].curves[i]) || !same_bits(fleet.weights(i), right[o].weights(i)) ||
                            std::memcmp(&fleet.jobs[i].progress, &right[o].jobs[i].progress, sizeof(Progress)) != 0)
                            return true;
                    return false;
                });
            }
        EXPECT_TRUE(noticed) << "nothing hangs on the barrier at " << site.text();
    }
}

TEST_F(Kernel, EveryBarrierIsNeeded) {
    Random random(21);
    reference::DataShape shape;
    shape.train = 150; // more minibatches than rules are made for at once where the batch is small
    shape.valid = 150; // more than go through at a time
    const std::vector<Hyperparameters> trials{trial({40, 40}, 50, 0, 0), trial({48, 33, 17}, 60, 0.2f, 1), trial({8}, 4, 0, 2),
                                              trial({100, 64}, 64, 0, 3), trial({}, 32, 0, 4), diverging(trial({30, 30}, 50, 0, 5))};
    std::vector<Scenario> all(6, {{}, trials, 4});
    all[1].options.tier = Tier::streamed;
    all[2].options.population.metric = Metric::f1;
    all[3].options.population.metric = Metric::auc;
    all[4].options.tier = all[5].options.tier = Tier::grouped;
    all[5].options.population.metric = Metric::auc;
    expect_every_barrier_needed(reference::random_dataset(random, shape), all);
}

TEST_F(Kernel, EveryBarrierIsNeededWhereMinibatchesGoInParts) {
    Random random(22);
    reference::DataShape shape;
    shape.train = 530; // more than go through at a time in the streamed tier
    shape.valid = 70;
    shape.features = 5;
    const Dataset data = reference::random_dataset(random, shape);
    const std::vector<Hyperparameters> trials{trial({20}, 265, 0.2f, 0), trial({20, 9}, 265, 0, 1), diverging(trial({40}, 265, 0, 2)),
                                              trial({64, 40}, 265, 0, 3)}; // by teams of several classes
    std::vector<Scenario> all;
    for (const Tier tier : {Tier::resident, Tier::streamed}) // that one hides some behind its own: it comes last
        for (const Precision precision : {Precision::fp32, Precision::tf32}) {
            Scenario& one = all.emplace_back(Scenario{{}, trials, 2});
            one.options.tier = tier;
            one.options.precision = precision;
            if (tier == Tier::streamed) one.trials = {trial({20, 9}, 530, 0.2f, 0)};
            for (const Plan& plan : Fleet(data, one.options, one.trials).plans) EXPECT_LT(plan.rows, one.trials[0].batch_size);
        }
    expect_every_barrier_needed(data, all);
}

/// Outputs of a net over more rows than the blocks take at a time.
class Forecast {
public:
    explicit Forecast(const std::vector<int32_t>& widths) : features_(rows * data_row_length(widths[0])), outputs_(rows * widths.back()) {
        Prediction& p = prediction_;
        p.layers = static_cast<int32_t>(widths.size()) - 1;
        const mlp::Sizes sizes = mlp::lay_out(widths.data(), p.layers, row_length, p.layer);
        p.input_ld = sizes.input_ld;
        p.activation = Activation::tanh;
        p.workspace = mlp::lay_out_workspace(p.layer, p.layers, sizes, 32, false, false);
        p.rows = rows;
        p.stride = data_row_length(widths[0]);
        parameters_ = Floats(sizes.parameters);
        Random random(4);
        for (Floats* all : {&parameters_, &features_})
            for (int64_t i = 0; i < all->size(); ++i) all->data()[i] = static_cast<float>(0.3 * reference::gauss(random));
        scratch_ = Floats(blocks * p.workspace.size);
        p.parameters = parameters_.data();
        p.features = features_.data();
        p.outputs = outputs_.data();
        p.scratch = scratch_.data();
    }

    std::vector<float> run(simt::Schedule schedule = {}) {
        schedule.resident_blocks = blocks;
        play(schedule, blocks, prediction_);
        return {outputs_.data(), outputs_.data() + outputs_.size()};
    }

private:
    static constexpr unsigned blocks = 2;
    static constexpr int64_t rows = 150;
    Prediction prediction_{};
    Floats parameters_, features_, outputs_, scratch_;
};

TEST_F(Kernel, EveryBarrierOfPredictionIsNeeded) {
    const std::vector<std::vector<int32_t>> nets{{6, 100, 33, 4}, {40, 3}};
    std::vector<std::vector<float>> right;
    std::vector<simt::Site> sites;
    for (const auto& widths : nets) {
        right.push_back(Forecast(widths).run());
        for (const simt::Site& s : simt::sites())
            if (std::find(sites.begin(), sites.end(), s) == sites.end()) sites.push_back(s);
    }
    EXPECT_GE(sites.size(), 5u);
    for (const simt::Site& site : sites) {
        bool noticed = false;
        for (size_t n = 0; n < nets.size(); ++n)
            for (const simt::Order order : {simt::Order::ascending, simt::Order::descending}) {
                simt::Schedule schedule;
                schedule.order = order;
                schedule.drop = site;
                noticed = noticed || noticed_in_child([&] { return !same_bits(Forecast(nets[n]).run(schedule), right[n]); });
            }
        EXPECT_TRUE(noticed) << "nothing hangs on the barrier at " << site.text();
    }
}

} // namespace
} // namespace caviar::cuda
