#pragma once
/// The oracle: trains one trial as the public headers say, in plain loops.

#include "caviar/dataset.h"
#include "caviar/engine.h"
#include "caviar/mlp/dropout.h"
#include "caviar/mlp/init.h"
#include "caviar/mlp/schedule.h"
#include "caviar/mlp/shuffle.h"
#include "net.h"
#include "update.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace caviar::reference {

/// A finished or diverged training: the curve in T, and the net before the first epoch and after each.
template <class T>
struct Trained {
    std::vector<T> train_loss, valid_loss;
    std::vector<double> valid_metric;
    std::vector<Net<T>> nets;
    TrialState state = TrialState::complete;
    int best_epoch = -1;
};

inline std::vector<int> widths(const Dataset& data, const Hyperparameters& h, Loss loss) {
    std::vector<int> w{data.inputs(h)};
    w.insert(w.end(), h.hidden.begin(), h.hidden.end());
    w.push_back(data.outputs(loss));
    return w;
}

template <class T>
Net<T> first_net(const std::vector<int>& widths, const Hyperparameters& h, uint64_t study_seed) {
    Net<T> net = zeros<T>(widths);
    for (size_t l = 0; l < net.size(); ++l) {
        Layer<T>& layer = net[l];
        const uint32_t in = static_cast<uint32_t>(layer.in), out = static_cast<uint32_t>(layer.out);
        const auto init = mlp::layer_init(study_seed, h.seed, static_cast<uint32_t>(l), in, out, l + 1 == net.size(), h.init, h.init_scale,
                                          h.zero_output);
        for (uint32_t i = 0; i < in; ++i)
            for (uint32_t o = 0; o < out; ++o) layer.weights[i * out + o] = mlp::first_weight(init, i, o);
    }
    return net;
}

/// Mean loss over all rows of a part, and its raw outputs as floats.
template <class T>
T mean_loss(const Net<T>& net, Activation activation, Loss loss, const Matrix& features, const std::vector<float>& targets,
            std::vector<float>* outputs = nullptr) {
    T sum = 0;
    for (int64_t r = 0; r < features.rows; ++r) {
        const std::vector<T> y = forward(net, activation, features.row(r)).sums.back();
        sum += row_loss(loss, y, targets[static_cast<size_t>(r)]).value;
        if (outputs) outputs->insert(outputs->end(), y.begin(), y.end());
    }
    return sum / static_cast<T>(features.rows);
}

/// Is the second epoch's score better than the first's? The metric counts first, then the loss.
inline bool better(Metric metric, double m0, double loss0, double m1, double loss1) {
    const double sign = higher_is_better(metric) ? -1 : 1;
    return sign * m1 < sign * m0 || (m1 == m0 && loss1 < loss0);
}

/// Should a trial whose `trained` epochs had their best at `best` (from 0) stop early?
inline bool stops_early(const Hyperparameters& h, int trained, int best) {
    if (trained < h.patience_from || best < 0) return false;
    if (h.patience > 0 && trained - 1 - best >= h.patience) return true;
    return h.patience_factor > 0 && static_cast<double>(trained) * h.patience_factor > best + 1;
}

template <class T>
void step(const Hyperparameters& h, const mlp::Rates& rates, int64_t t, Net<T>& net, const Net<T>& gradient,
          std::vector<std::vector<Moments<T>>>& moments) {
    for (size_t l = 0; l < net.size(); ++l) {
        const size_t weights = net[l].weights.size();
        moments[l].resize(weights + net[l].biases.size());
        for (size_t k = 0; k < weights; ++k) update(h, rates, t, true, net[l].weights[k], gradient[l].weights[k], moments[l][k]);
        for (size_t k = 0; k < net[l].biases.size(); ++k)
            update(h, rates, t, false, net[l].biases[k], gradient[l].biases[k], moments[l][weights + k]);
    }
}

template <class T>
void divide(Net<T>& gradient, T by) {
    for (Layer<T>& layer : gradient) {
        for (T& g : layer.weights) g /= by;
        for (T& g : layer.biases) g /= by;
    }
}

/// The mean gradient over positions [first, last) of the epoch's order, and the sum of their losses.
template <class T>
T batch_gradient(const Net<T>& net, const Hyperparameters& h, Loss loss, const Matrix& features, const std::vector<float>& targets,
                 const mlp::Shuffle& order, const mlp::Dropout& dropout, int64_t step_now, int64_t first, int64_t last, Net<T>& gradient) {
    T sum = 0;
    for (int64_t p = first; p < last; ++p) {
        const uint32_t row = mlp::row_at(order, static_cast<uint32_t>(p));
        const Mask<T> mask = [&](int layer, int unit) {
            return T(mlp::dropout_factor(dropout, static_cast<uint64_t>(step_now), static_cast<uint32_t>(layer),
                                         static_cast<uint32_t>(p - first), static_cast<uint32_t>(unit)));
        };
        sum += backward(net, h.activation, loss, features.row(row), targets[row], gradient, h.dropout > 0 ? mask : Mask<T>{});
    }
    divide(gradient, static_cast<T>(last - first));
    return sum;
}

/// Trains for at most `epochs` epochs (and at most h.epochs). `touch`, where given, may change the net before the first step and after each.
template <class T>
Trained<T> train(const Dataset& data, const PopulationOptions& options, const Hyperparameters& h, int epochs, const std::function<void(Net<T>&)>& touch = {}) {
    const FeatureSet& features = data.with(h.scaling);
    const std::vector<int> shape = widths(data, h, options.loss);
    const int64_t n = features.train.rows, batch = h.batch_size > 0 ? std::min<int64_t>(h.batch_size, n) : n;
    const int64_t batches = (n + batch - 1) / batch;
    const auto dropout = mlp::make_dropout(options.study_seed, h.seed, h.dropout);
    const auto schedule = mlp::schedule_settings(h);

    Trained<T> result;
    Net<T> net = first_net<T>(shape, h, options.study_seed);
    if (touch) touch(net);
    result.nets.push_back(net);
    std::vector<std::vector<Moments<T>>> moments(net.size());
    for (int epoch = 0; epoch < std::min(epochs, h.epochs); ++epoch) {
        const auto order = mlp::make_shuffle(options.study_seed, h.seed, static_cast<uint32_t>(epoch), static_cast<uint32_t>(n));
        T train_loss = 0;
        for (int64_t k = 0; k < batches; ++k) {
            const int64_t now = epoch * batches + k, first = k * batch, last = std::min(n, first + batch);
            Net<T> gradient = zeros<T>(shape);
            train_loss += batch_gradient(net, h, options.loss, features.train, data.train_targets, order, dropout, now, first, last, gradient);
            step(h, mlp::rates(schedule, epoch, now, h.epochs * batches), now + 1, net, gradient, moments);
            if (touch) touch(net);
        }
        result.train_loss.push_back(train_loss / static_cast<T>(n));
        std::vector<float> outputs;
        result.valid_loss.push_back(mean_loss(net, h.activation, options.loss, features.valid, data.valid_targets, &outputs));
        result.nets.push_back(net);
        if (!std::isfinite(result.train_loss.back()) || !std::isfinite(result.valid_loss.back())) {
            result.state = TrialState::diverged;
            return result;
        }
        result.valid_metric.push_back(evaluate(options.metric, options.loss, outputs, shape.back(), data.valid_targets, data.target_scale));
        const size_t e = static_cast<size_t>(epoch), b = static_cast<size_t>(std::max(result.best_epoch, 0));
        if (result.best_epoch < 0 || better(options.metric, result.valid_metric[b], result.valid_loss[b], result.valid_metric[e], result.valid_loss[e]))
            result.best_epoch = epoch;
        if (stops_early(h, epoch + 1, result.best_epoch)) break;
    }
    return result;
}

} // namespace caviar::reference
