#pragma once
/// Small random data sets and random hyperparameters for tests: ragged shapes, every option.

#include "caviar/dataset.h"
#include "caviar/hyperparameters.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace caviar::reference {

using Random = std::mt19937;

inline double real(Random& e, double low, double high) { return low + (high - low) * (e() / 4294967296.0); }
inline double log_real(Random& e, double low, double high) { return std::exp(real(e, std::log(low), std::log(high))); }
template <class V>
auto pick(Random& e, const V& values) {
    return *(std::begin(values) + e() % static_cast<uint32_t>(std::size(values)));
}
inline double gauss(Random& e) { return std::sqrt(-2 * std::log((e() + 1.0) / 4294967296.0)) * std::cos(6.283185307179586 * (e() / 4294967296.0)); }

struct DataShape {
    Task task = Task::multiclass;
    int features = 17, classes = 3;
    int train = 60, valid = 20, test = 5;
};

inline Matrix random_matrix(Random& e, int64_t rows, int32_t columns) {
    Matrix m{rows, columns, {}};
    for (int64_t i = 0; i < rows * columns; ++i) m.values.push_back(static_cast<float>(gauss(e)));
    return m;
}

/// Features standard normal; targets follow a random linear rule with some noise, so that there is something to learn. The "pca" columns
/// are as good as any other numbers here; two thirds of the variance are said to lie in the first half of them.
inline Dataset random_dataset(Random& e, const DataShape& shape) {
    Dataset d;
    d.name = "random";
    d.task = shape.task;
    const bool regression = shape.task == Task::regression;
    const int outputs = regression ? 1 : shape.classes;
    for (int c = 0; !regression && c < shape.classes; ++c) d.classes.push_back("class " + std::to_string(c));
    if (regression) d.target_mean = 3, d.target_scale = 2.5;

    for (Scaling scaling : {Scaling::standardize, Scaling::none, Scaling::pca}) {
        FeatureSet f;
        f.scaling = scaling;
        f.train = random_matrix(e, shape.train, shape.features);
        f.valid = random_matrix(e, shape.valid, shape.features);
        f.test = random_matrix(e, shape.test, shape.features);
        for (int c = 0; scaling == Scaling::pca && c < shape.features; ++c)
            f.cumulative_variance.push_back(1 - std::pow(1.0 - (c + 1.0) / shape.features, 1.5));
        d.features.push_back(std::move(f));
    }
    std::vector<double> rule;
    for (int i = 0; i < outputs * shape.features; ++i) rule.push_back(gauss(e) / std::sqrt(shape.features));
    const auto targets = [&](const Matrix& m) {
        std::vector<float> t;
        for (int64_t r = 0; r < m.rows; ++r) {
            std::vector<double> y;
            for (int o = 0; o < outputs; ++o) {
                double sum = 0.3 * gauss(e);
                for (int f = 0; f < shape.features; ++f) sum += rule[static_cast<size_t>(o * shape.features + f)] * m.row(r)[f];
                y.push_back(sum);
            }
            t.push_back(regression ? static_cast<float>(y[0]) : static_cast<float>(std::max_element(y.begin(), y.end()) - y.begin()));
        }
        return t;
    };
    const FeatureSet& first = d.features.front();
    d.train_targets = targets(first.train);
    d.valid_targets = targets(first.valid);
    d.test_targets = targets(first.test);
    d.fingerprint = "random";
    return d;
}

inline constexpr Optimizer optimizers[] = {Optimizer::sgd, Optimizer::momentum, Optimizer::nesterov, Optimizer::rmsprop, Optimizer::adam, Optimizer::adamw};
inline constexpr Activation activations[] = {Activation::relu, Activation::leaky_relu, Activation::tanh, Activation::sigmoid, Activation::gelu, Activation::silu};
inline constexpr Schedule schedules[] = {Schedule::constant, Schedule::inverse_time, Schedule::exponential, Schedule::step,
                                         Schedule::cosine, Schedule::cyclical, Schedule::one_cycle, Schedule::bergstra};
inline constexpr Init inits[] = {Init::he_uniform, Init::he_normal, Init::glorot_uniform, Init::glorot_normal, Init::lecun_uniform,
                                 Init::lecun_normal, Init::fan_in_uniform, Init::fan_in_normal, Init::glorot_bound_normal};
inline constexpr Loss losses[] = {Loss::softmax_cross_entropy, Loss::binary_cross_entropy, Loss::mean_squared_error};

/// The `index`-th of a series in which every pair (optimizer, schedule) and (activation, init) comes up: 48 and 54 to go round.
/// Learning rates are those at which these small problems learn and do not blow up.
inline Hyperparameters random_hyperparameters(Random& e, int index, int rows) {
    Hyperparameters h;
    h.optimizer = optimizers[index % 6];
    h.schedule = schedules[index / 6 % 8];
    h.activation = activations[(index + index / 6) % 6];
    h.init = inits[index / 6 % 9];
    const bool adaptive = h.optimizer == Optimizer::rmsprop || h.optimizer == Optimizer::adam || h.optimizer == Optimizer::adamw;
    const bool pushed = h.optimizer == Optimizer::momentum || h.optimizer == Optimizer::nesterov;
    h.learning_rate = static_cast<float>(adaptive ? log_real(e, 3e-4, 1e-2) : pushed ? log_real(e, 1e-3, 2e-2) : log_real(e, 1e-2, 1e-1));
    h.momentum = static_cast<float>(real(e, 0.5, 0.95));
    h.beta2 = static_cast<float>(pick(e, std::vector<double>{0.9, 0.99, 0.999}));
    h.epsilon = static_cast<float>(pick(e, std::vector<double>{1e-8, 1e-6, 1e-3}));
    h.weight_decay = static_cast<float>(pick(e, std::vector<double>{0, 1e-4, 1e-2}));
    h.dropout = static_cast<float>(pick(e, std::vector<double>{0, 0, 0.1, 0.5}));
    h.batch_size = pick(e, std::vector<int>{0, 1, 7, 8, 16, 33, rows, rows + 5, std::max(1, rows - 1)});
    h.decay = 0.7f;
    h.decay_factor = 0.6f;
    h.decay_epochs = 2;
    h.cycle_epochs = static_cast<int32_t>(1 + e() % 3);
    h.t0 = static_cast<int32_t>(1 + e() % 20);
    h.warmup = static_cast<float>(pick(e, std::vector<double>{0, 0.3, 1}));
    h.momentum_low = 0.4f;
    h.hidden.clear();
    for (uint32_t depth = e() % 5; h.hidden.size() < depth;) h.hidden.push_back(pick(e, std::vector<int>{1, 3, 17, 17, 100}));
    h.init_scale = static_cast<float>(real(e, 0.5, 1.5));
    h.zero_output = e() % 4 == 0;
    h.scaling = pick(e, std::vector<Scaling>{Scaling::standardize, Scaling::none, Scaling::pca});
    h.variance_kept = static_cast<float>(real(e, 0.4, 1));
    h.epochs = 3;
    h.seed = (uint64_t{e() >> 11} << 32) | e(); // of 53 bits: what a field takes
    return h;
}

} // namespace caviar::reference
