#include "host/cli/workloads.h"

#include "caviar/preprocessing.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace caviar::cli {

namespace {

/// Draws that are the same everywhere: the standard fixes mt19937_64's bits, but not its distributions.
class Draw {
public:
    explicit Draw(uint64_t seed) : bits_(seed) {}
    double unit() { return static_cast<double>(bits_() >> 11) * 0x1p-53; }
    /// Standard normal by the polar-free form of Box and Muller (1958).
    float normal() {
        const double radius = std::sqrt(-2 * std::log(1 - unit()));
        return static_cast<float>(radius * std::cos(2 * 3.14159265358979323846 * unit()));
    }

private:
    std::mt19937_64 bits_;
};

Matrix gaussian(Draw& draw, int64_t rows, int32_t columns) {
    Matrix matrix{rows, columns, std::vector<float>(static_cast<size_t>(rows * columns))};
    for (float& value : matrix.values) value = draw.normal();
    return matrix;
}

/// `count` trials of one shape, their learning rates spread over so many decades from 1e-4 on.
std::vector<Trial> alike(int64_t count, std::vector<int32_t> hidden, int32_t batch, int32_t epochs, double decades = 2) {
    std::vector<Trial> trials;
    for (int64_t i = 0; i < count; ++i) {
        Trial trial;
        trial.id = i;
        trial.hyperparameters.hidden = hidden;
        trial.hyperparameters.batch_size = batch;
        trial.hyperparameters.epochs = epochs;
        trial.hyperparameters.learning_rate = static_cast<float>(std::pow(10, -4 + decades * static_cast<double>(i) / static_cast<double>(std::max<int64_t>(1, count - 1))));
        trial.hyperparameters.seed = static_cast<uint64_t>(i);
        trials.push_back(std::move(trial));
    }
    return trials;
}

/// Depth 1..4, width 8..128 and batch 16..128 (each even on a log scale), three optimizers.
std::vector<Trial> mixed(int64_t count, int32_t epochs) {
    Draw draw(3);
    std::vector<Trial> trials = alike(count, {}, 1, epochs);
    for (Trial& trial : trials) {
        Hyperparameters& h = trial.hyperparameters;
        const auto depth = static_cast<size_t>(1 + 4 * draw.unit());
        for (size_t layer = 0; layer < depth; ++layer) h.hidden.push_back(static_cast<int32_t>(std::lround(8 * std::pow(16, draw.unit()))));
        h.batch_size = static_cast<int32_t>(std::lround(16 * std::pow(8, draw.unit())));
        constexpr Optimizer optimizers[] = {Optimizer::sgd, Optimizer::momentum, Optimizer::adam};
        h.optimizer = optimizers[static_cast<size_t>(3 * draw.unit())];
    }
    return trials;
}

} // namespace

const std::vector<std::string>& workload_names() {
    static const std::vector<std::string> names{"W1", "W3", "W4", "W7"};
    return names;
}

std::shared_ptr<const Dataset> gaussian_data(int32_t inputs, int64_t rows, int classes) {
    constexpr int64_t valid_rows = 64;
    Draw draw(static_cast<uint64_t>(inputs));
    auto data = std::make_shared<Dataset>();
    data->name = "gaussian " + std::to_string(rows) + "x" + std::to_string(inputs) + ", " + std::to_string(classes) + " classes";
    data->fingerprint = data->name;
    for (int c = 0; c < classes; ++c) data->classes.push_back(std::to_string(c));
    data->features.push_back({Scaling::standardize, gaussian(draw, rows, inputs), gaussian(draw, valid_rows, inputs),
                              gaussian(draw, valid_rows, inputs), {}});
    const auto fill = [&](std::vector<float>& targets, int64_t n) {
        for (int64_t i = 0; i < n; ++i) targets.push_back(static_cast<float>(i % classes));
    };
    fill(data->train_targets, rows);
    fill(data->valid_targets, valid_rows);
    fill(data->test_targets, valid_rows);
    return data;
}

std::shared_ptr<const Dataset> without_validation(const Dataset& whole) {
    auto data = std::make_shared<Dataset>(whole);
    for (FeatureSet& set : data->features) set.valid = {0, set.valid.columns, {}};
    data->valid_targets.clear();
    return data;
}

std::vector<Workload> workloads(int threads, const WorkloadSize& size) {
    const auto trials = [&](int64_t usual) { return size.trials > 0 ? size.trials : size.quick ? std::max<int64_t>(usual / 4, 1) : usual; };
    const auto epochs = [&](int32_t usual) { return size.epochs > 0 ? size.epochs : usual; };
    const auto digits = std::make_shared<const Dataset>(builtin("digits", {Scaling::standardize}).dataset);
    constexpr int64_t rows = 1280;
    std::vector<Workload> list;
    list.push_back({"W1", "digits, 64-64-64-10, ReLU, Adam, batch 64", digits, alike(trials(256), {64, 64}, 64, epochs(10)), epochs(10)});
    list.push_back({"W3", "mixed: depth 1..4, width 8..128, batch 16..128, three optimizers", gaussian_data(64, rows), mixed(trials(256), epochs(10)), epochs(10)});
    list.push_back({"W4", "one trial a thread, 32-32-10, batch 32", gaussian_data(32, rows), alike(threads, {32}, 32, epochs(50)), epochs(50)});
    // Large nets over noise: with higher rates they amplify rounding until no peer could be held to their losses.
    list.push_back({"W7", "784-256-10, batch 128", gaussian_data(784, rows), alike(trials(16), {256}, 128, epochs(10), 1), epochs(10)});
    list.push_back({"W7", "64-256-256-10, batch 128", gaussian_data(64, rows), alike(trials(16), {256, 256}, 128, epochs(10), 1), epochs(10)});
    return list;
}

} // namespace caviar::cli
