/// The CPU engine against the oracle: every optimizer, schedule, activation, init and loss, on ragged shapes.
#include "engines.h"
#include "random_trials.h"
#include "trainer.h"

#include <cmath>

namespace caviar::reference {
namespace {

class AgainstOracle : public EachEngine {};
constexpr int epochs = 2;

/// How far `a` is from `b`, relative to b's length.
double distance(const std::vector<double>& a, const std::vector<double>& b) {
    double apart = 0, length = 0;
    for (size_t i = 0; i < b.size(); ++i) apart += (a[i] - b[i]) * (a[i] - b[i]), length += b[i] * b[i];
    return length == 0 ? std::sqrt(apart) : std::sqrt(apart / length);
}

template <class T>
std::vector<double> doubles(const std::vector<T>& v) {
    return {v.begin(), v.end()};
}

/// What the oracle says of a trial, and how much rounding may move it: the deviations of two other runs of the oracle from the truth, one
/// in float, one in double from weights off by 1e-6 (16 float roundings), which shows kinks and sign-like updates that rounding tips over.
struct Expected {
    Trained<double> truth;
    Trained<float> rounded;
    Trained<double> nudged;

    Expected(const Dataset& data, const PopulationOptions& options, const Hyperparameters& h)
        : truth(train<double>(data, options, h, epochs)), rounded(train<float>(data, options, h, epochs)) {
        Net<double> first = truth.nets[0];
        Engine32 e(1);
        for (auto& layer : first)
            for (double& w : layer.weights) w *= 1 + (e() % 2 ? 1e-6 : -1e-6);
        nudged = train<double>(data, options, h, epochs, &first);
    }
    /// Allowed relative error: one part in 10^5 (some hundred float roundings, as many as there are terms in a sum), and ten times what
    /// rounding did to the oracle.
    static double allowed(double deviation) { return 1e-5 + 10 * deviation; }

    double loss_deviation(bool valid, size_t epoch) const {
        const double t = valid ? truth.valid_loss[epoch] : truth.train_loss[epoch];
        const double r = valid ? rounded.valid_loss[epoch] : rounded.train_loss[epoch];
        const double n = valid ? nudged.valid_loss[epoch] : nudged.train_loss[epoch];
        return std::max(std::fabs(r - t), std::fabs(n - t)) / t;
    }
};

struct Group {
    DataShape shape;
    Loss loss;
    Metric metric;
};

const Group groups[] = {
    {{Task::multiclass, 17, 10, 61, 20, 5}, Loss::softmax_cross_entropy, Metric::accuracy},
    {{Task::multiclass, 100, 3, 37, 17, 5}, Loss::softmax_cross_entropy, Metric::log_loss},
    {{Task::binary, 3, 2, 130, 33, 5}, Loss::binary_cross_entropy, Metric::auc},
    {{Task::regression, 1, 0, 40, 20, 5}, Loss::mean_squared_error, Metric::rmse},
    {{Task::regression, 17, 0, 23, 9, 5}, Loss::mean_squared_error, Metric::r2},
    {{Task::binary, 17, 2, 64, 16, 5}, Loss::softmax_cross_entropy, Metric::f1},
    {{Task::regression, 3, 0, 1, 1, 1}, Loss::mean_squared_error, Metric::mae},
};
constexpr int group_count = 7, trials_a_group = 48; // 336 trials: the 48 pairs of optimizer and schedule and the 54 of activation and init, six times

/// The trials of a group and what the oracle says of them: worked out once, held against each engine.
struct Case {
    Dataset data;
    PopulationOptions options;
    std::vector<Trial> trials;
    std::vector<Expected> expected;

    explicit Case(int g) {
        Engine32 e(static_cast<uint32_t>(g) + 1);
        data = random_dataset(e, groups[g].shape);
        options = {0x1234567890abcdefu, groups[g].loss, groups[g].metric};
        std::vector<Hyperparameters> settings;
        for (int k = 0; k < trials_a_group; ++k) settings.push_back(random_hyperparameters(e, k * group_count + g, groups[g].shape.train));
        trials = trials_of(settings);
        for (const Trial& t : trials) expected.emplace_back(data, options, t.hyperparameters);
    }
};

const Case& case_of(int g) {
    static const std::vector<Case> cases = [] {
        std::vector<Case> all;
        for (int k = 0; k < group_count; ++k) all.emplace_back(k);
        return all;
    }();
    return cases[static_cast<size_t>(g)];
}

std::string describe(const Hyperparameters& h) {
    std::string text = to_string(h.optimizer) + ", " + to_string(h.schedule) + ", " + to_string(h.activation) + ", " + to_string(h.init) +
                       ", batch " + std::to_string(h.batch_size) + ", dropout " + std::to_string(h.dropout) + ", decay " +
                       std::to_string(h.weight_decay) + ", rate " + std::to_string(h.learning_rate) + (h.zero_output ? ", zero output" : "") + ", hidden";
    for (int32_t units : h.hidden) text += " " + std::to_string(units);
    return text;
}

void expect_losses(const Expected& expected, const TrialResult& got) {
    ASSERT_EQ(got.state == TrialState::diverged, expected.truth.state == TrialState::diverged);
    ASSERT_EQ(got.curve.size(), expected.truth.train_loss.size());
    for (size_t e = 0; e < got.curve.size(); ++e)
        for (bool valid : {false, true}) {
            const double want = valid ? expected.truth.valid_loss[e] : expected.truth.train_loss[e];
            const double have = valid ? got.curve[e].valid_loss : got.curve[e].train_loss;
            const double deviation = expected.loss_deviation(valid, e);
            EXPECT_NEAR(have, want, want * Expected::allowed(deviation)) << (valid ? "validation" : "training") << " loss of epoch " << e;
            if (deviation < 1e-5) { // well-conditioned: the design's promise holds
                EXPECT_NEAR(have, want, want * 1e-4);
            }
        }
}

void expect_weights(const Expected& expected, const Weights& weights, int best_epoch) {
    const size_t at = static_cast<size_t>(best_epoch + 1);
    const Net<double> got = net_of(weights);
    const auto &truth = expected.truth.nets[at], &nudged = expected.nudged.nets[at];
    const auto& rounded = expected.rounded.nets[at];
    ASSERT_EQ(got.size(), truth.size());
    for (size_t l = 0; l < truth.size(); ++l) {
        const auto allowed = [&](const auto& t, const auto& r, const auto& n) {
            return Expected::allowed(std::max(distance(doubles(r), t), distance(n, t)));
        };
        EXPECT_LE(distance(got[l].weights, truth[l].weights), allowed(truth[l].weights, rounded[l].weights, nudged[l].weights)) << "layer " << l;
        EXPECT_LE(distance(got[l].biases, truth[l].biases), allowed(truth[l].biases, rounded[l].biases, nudged[l].biases)) << "biases of layer " << l;
    }
}

TEST_P(AgainstOracle, FirstWeightsHaveTheBitsOfTheHeader) {
    const auto engine = cpu_engine(GetParam());
    for (int g = 0; g < group_count; ++g) {
        const Case& c = case_of(g);
        const auto population = engine->populate(c.data, c.options);
        population->admit(c.trials);
        population->train(0, ids_of(c.trials));
        for (const Trial& t : c.trials) {
            SCOPED_TRACE(describe(t.hyperparameters));
            const Weights w = population->weights(t.id);
            const std::vector<int> shape = widths(c.data, t.hyperparameters, c.options.loss);
            EXPECT_EQ(std::vector<int>(w.widths.begin(), w.widths.end()), shape);
            const Net<float> want = first_net<float>(shape, t.hyperparameters, c.options.study_seed);
            std::vector<float> values;
            for (const auto& layer : want) {
                values.insert(values.end(), layer.weights.begin(), layer.weights.end());
                values.insert(values.end(), layer.biases.begin(), layer.biases.end());
            }
            EXPECT_EQ(w.values, values);
        }
    }
}

TEST_P(AgainstOracle, LossesAndWeightsAreTheOracles) {
    const auto engine = cpu_engine(GetParam());
    for (int g = 0; g < group_count; ++g) {
        const Case& c = case_of(g);
        const auto population = engine->populate(c.data, c.options);
        population->admit(c.trials);
        const auto results = population->train(epochs, ids_of(c.trials));
        ASSERT_EQ(results.size(), c.trials.size());
        for (size_t k = 0; k < results.size(); ++k) {
            SCOPED_TRACE("group " + std::to_string(g) + ", trial " + std::to_string(k) + ": " + describe(c.trials[k].hyperparameters));
            expect_losses(c.expected[k], results[k]);
            if (results[k].best_epoch >= 0) expect_weights(c.expected[k], population->weights(results[k].id), results[k].best_epoch);
        }
    }
}

/// The tolerance means something only where rounding does little: nearly all trials.
TEST(Expectation, FewTrialsAreIllConditioned) {
    int ill = 0, all = 0;
    for (int g = 0; g < group_count; ++g)
        for (const Expected& e : case_of(g).expected)
            for (size_t epoch = 0; epoch < e.truth.valid_loss.size(); ++epoch, ++all) ill += !(e.loss_deviation(true, epoch) < 1e-5);
    EXPECT_LT(ill, all / 20);
}

INSTANTIATE_TEST_SUITE_P(Cpu, AgainstOracle, testing::ValuesIn(instruction_sets()), name_of);

} // namespace
} // namespace caviar::reference
