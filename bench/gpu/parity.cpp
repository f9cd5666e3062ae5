#include "bench/gpu/evidence.h"

#include "caviar/mlp/init.h"
#include "host/report/json_lines.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace caviar::bench {
namespace {

/// Relative, on losses after one epoch: 1e-4 of sums in another order (DESIGN.md, section 5), and a few times the 2^-11 and 2^-8 to which
/// tf32 and bf16 round each operand, as tests/cuda/kernel_test.cpp has them.
double loss_tolerance(const std::string& precision) { return precision == "bf16" ? 1e-1 : precision == "tf32" ? 2e-2 : 1e-4; }

/// Of the trials within the tolerance; of fewer than a hundred that is all. The rest are those whose rounding training amplifies: of the CPU's own
/// two ways to sum, plain and avx512, four trials of 600 with adaptive optimizers ended up to 1.4e-3 apart.
constexpr double share_within = 0.99;
/// The median, as a part of the tolerance: rounding that is amplified in few trials is far smaller in most.
constexpr double median_part = 0.1;

struct Trained {
    std::vector<TrialResult> results;
    std::vector<Weights> weights;
};

Trained train(Engine& engine, const Dataset& data, const std::vector<Trial>& trials, Loss loss, uint64_t seed, bool weights) {
    PopulationOptions options;
    options.study_seed = seed;
    options.loss = loss;
    options.metric = default_metric(data.task);
    const auto population = engine.populate(data, options);
    population->admit(trials);
    std::vector<TrialId> ids;
    for (const Trial& t : trials) ids.push_back(t.id);
    Trained out{population->train(1, ids), {}};
    if (weights)
        for (const TrialId id : ids) out.weights.push_back(population->weights(id));
    return out;
}

/// Plain gradient descent at a rate of 1e-30 leaves every weight but a zero as it was: what comes back are the first ones.
Json first_weights(Engine& engine, int64_t count) {
    Job job = make_job("W3", count, 1);
    for (Trial& t : job.trials) {
        t.hyperparameters.optimizer = Optimizer::sgd;
        t.hyperparameters.learning_rate = 1e-30f;
    }
    const Trained trained = train(engine, *job.data, job.trials, Loss::softmax_cross_entropy, job.study_seed, true);
    int64_t compared = 0, differ = 0;
    for (size_t k = 0; k < job.trials.size(); ++k) {
        const Hyperparameters& h = job.trials[k].hyperparameters;
        const Weights& w = trained.weights[k];
        size_t at = 0;
        for (size_t l = 0; l + 1 < w.widths.size(); ++l) {
            const auto in = static_cast<uint32_t>(w.widths[l]), out = static_cast<uint32_t>(w.widths[l + 1]);
            const mlp::LayerInit init = mlp::layer_init(job.study_seed, h.seed, static_cast<uint32_t>(l), in, out, l + 2 == w.widths.size(),
                                                        h.init, h.init_scale, h.zero_output);
            for (uint32_t i = 0; i < in; ++i)
                for (uint32_t o = 0; o < out; ++o, ++at, ++compared) {
                    const float want = mlp::first_weight(init, i, o);
                    differ += want == 0 ? std::fabs(w.values[at]) > 1e-20f : mlp::bits_of(want) != mlp::bits_of(w.values[at]);
                }
            at += out; // biases
        }
    }
    return {{"ok", differ == 0 && compared > 0}, {"trials", count}, {"weights", compared}, {"differ", differ}};
}

/// Linear regression, a row at a time at a high rate: the end depends on the order of the rows. Two orders end far apart, so engines that
/// agree saw the same one.
Json minibatches(Engine& engine, Engine& cpu) {
    Dataset data;
    data.name = "order";
    data.fingerprint = "order";
    data.task = Task::regression;
    constexpr int64_t rows = 257; // no multiple of anything
    FeatureSet features{Scaling::standardize, {rows, 3, {}}, {16, 3, {}}, {16, 3, {}}, {}};
    uint32_t state = 1; // numbers on [-1, 1) by a linear congruence (Numerical Recipes' constants): any will do
    const auto next = [&state] { return static_cast<float>((state = state * 1664525u + 1013904223u) >> 8) * 0x1p-23f - 1; };
    for (int64_t i = 0; i < rows * 3; ++i) features.train.values.push_back(next());
    features.valid.values.assign(48, 0.5f);
    features.test.values.assign(48, 0.5f);
    data.features.push_back(std::move(features));
    for (int64_t i = 0; i < rows; ++i) data.train_targets.push_back(next());
    data.valid_targets.assign(16, 0.0f);
    data.test_targets.assign(16, 0.0f);

    std::vector<Trial> trials;
    for (int64_t id = 0; id < 16; ++id) {
        Trial t;
        t.id = id;
        t.hyperparameters.hidden.clear();
        t.hyperparameters.optimizer = Optimizer::sgd;
        t.hyperparameters.learning_rate = 0.1f;
        t.hyperparameters.batch_size = id % 2 == 0 ? 1 : 5; // 5: the last minibatch is a short one
        t.hyperparameters.epochs = 1;
        t.hyperparameters.seed = static_cast<uint64_t>(id / 2);
        trials.push_back(t);
    }
    const Trained here = train(engine, data, trials, Loss::mean_squared_error, 7, true), there = train(cpu, data, trials, Loss::mean_squared_error, 7, true);
    double same = 0, apart = 1e9;
    for (size_t k = 0; k < trials.size(); ++k)
        for (size_t j = 0; j < 3; ++j) {
            same = std::max(same, std::fabs(double{here.weights[k].values[j]} - there.weights[k].values[j]));
            if (k >= 2 && j == 0) { // the trial with the same batch size and another seed
                double distance = 0;
                for (size_t i = 0; i < 3; ++i) distance = std::max(distance, std::fabs(double{there.weights[k].values[i]} - there.weights[k - 2].values[i]));
                apart = std::min(apart, distance);
            }
        }
    return {{"ok", same * 100 < apart}, {"trials", trials.size()}, {"largest_difference", same}, {"smallest_between_orders", apart}};
}

double relative(float a, float b) { return std::fabs(double{a} - b) / std::max(std::fabs(double{b}), 1e-3); }

Json losses(Engine& engine, Engine& cpu, const std::string& workload, int64_t trials, double tolerance) {
    const Job job = make_job(workload, trials, 1);
    const Trained here = train(engine, *job.data, job.trials, Loss::softmax_cross_entropy, job.study_seed, false);
    const Trained there = train(cpu, *job.data, job.trials, Loss::softmax_cross_entropy, job.study_seed, false);
    int64_t beyond = 0, states = 0;
    double train_largest = 0, valid_largest = 0;
    std::vector<double> distances;
    Json examples = Json::array();
    for (size_t k = 0; k < job.trials.size(); ++k) {
        const TrialResult &a = here.results[k], &b = there.results[k];
        if (a.state != b.state || a.curve.size() != b.curve.size()) {
            ++states;
            continue;
        }
        if (b.state == TrialState::diverged || b.curve.empty()) continue;
        const double t = relative(a.curve.back().train_loss, b.curve.back().train_loss), v = relative(a.curve.back().valid_loss, b.curve.back().valid_loss);
        train_largest = std::max(train_largest, t);
        valid_largest = std::max(valid_largest, v);
        const double distance = std::isfinite(t) && std::isfinite(v) ? std::max(t, v) : std::numeric_limits<double>::infinity();
        distances.push_back(distance);
        if (distance <= tolerance) continue;
        if (++beyond <= 5) examples.push_back({{"id", a.id}, {"train", t}, {"valid", v}});
    }
    if (distances.empty()) return {{"ok", false}, {"workload", workload}, {"trials", job.trials.size()}, {"why", "no trial could be compared"}};
    std::sort(distances.begin(), distances.end());
    const double compared = static_cast<double>(distances.size()), median = distances[distances.size() / 2];
    const bool fine = states == 0 && static_cast<double>(beyond) <= std::floor((1 - share_within) * compared) && median <= median_part * tolerance;
    return {{"ok", fine}, {"workload", workload}, {"trials", job.trials.size()}, {"tolerance", tolerance}, {"median", median},
            {"largest_train", train_largest}, {"largest_valid", valid_largest}, {"beyond", beyond}, {"states_differ", states}, {"examples", examples}};
}

} // namespace

Json parity(Engine& engine, int64_t trials, const std::string& precision) {
    EngineOptions options;
    options.name = "cpu";
    const auto cpu = make_engine(options).engine;
    Json document = {{"ok", false}, {"first_weights", first_weights(engine, std::min<int64_t>(trials, 256))}};
    bool fine = document["first_weights"]["ok"].get<bool>();
    if (precision == "fp32" || precision == "tf32x3") {
        document["minibatches"] = minibatches(engine, *cpu);
        fine = fine && document["minibatches"]["ok"].get<bool>();
    }
    Json all = Json::array();
    for (const auto& [name, count] : {std::pair<const char*, int64_t>{"W1", trials / 4 + 1}, {"W3", trials}, {"W4", 1}, {"W7a", 4}, {"W7b", 4}})
        all.push_back(losses(engine, *cpu, name, count, loss_tolerance(precision)));
    document["ok"] = fine && std::all_of(all.begin(), all.end(), [](const Json& j) { return j["ok"].get<bool>(); });
    document["losses"] = all;
    return document;
}

} // namespace caviar::bench
