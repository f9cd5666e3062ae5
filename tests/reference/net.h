#pragma once
/// The oracle's net: one row at a time, one loop a formula, in any arithmetic T. Slow and obviously right.
/// T = double is the truth; T = float, the same formulas in the engines' precision, tells how much rounding alone may change.

#include "caviar/hyperparameters.h"
#include "caviar/metric.h"

#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

namespace caviar::reference {

/// weights: in x out, row-major: weights[i * out + o] leads from input i to output o.
template <class T>
struct Layer {
    int in = 0, out = 0;
    std::vector<T> weights, biases;
};

/// First layer first; the last gives the raw outputs. A gradient has the same shape.
template <class T>
using Net = std::vector<Layer<T>>;

template <class T>
Net<T> zeros(const std::vector<int>& widths) {
    Net<T> net;
    for (size_t l = 0; l + 1 < widths.size(); ++l) {
        const int in = widths[l], out = widths[l + 1];
        net.push_back({in, out, std::vector<T>(static_cast<size_t>(in) * static_cast<size_t>(out)), std::vector<T>(static_cast<size_t>(out))});
    }
    return net;
}

template <class T>
T sigmoid(T z) {
    return 1 / (1 + std::exp(-z));
}

template <class T>
T activate(Activation activation, T z) {
    switch (activation) {
    case Activation::relu: return z > 0 ? z : T(0);
    case Activation::leaky_relu: return z > 0 ? z : T(0.01) * z;                     // Maas et al. 2013
    case Activation::tanh: return std::tanh(z);
    case Activation::sigmoid: return sigmoid(z);
    case Activation::gelu: return z * std::erfc(-z / std::sqrt(T(2))) / 2;           // Hendrycks & Gimpel 2016: z * Phi(z)
    case Activation::silu: return z * sigmoid(z);                                    // Elfwing et al. 2018
    }
    return 0;
}

/// The derivative of `activate`; at the kinks the one from the left.
template <class T>
T slope(Activation activation, T z) {
    switch (activation) {
    case Activation::relu: return z > 0 ? T(1) : T(0);
    case Activation::leaky_relu: return z > 0 ? T(1) : T(0.01);
    case Activation::tanh: return 1 - std::tanh(z) * std::tanh(z);
    case Activation::sigmoid: return sigmoid(z) * (1 - sigmoid(z));
    case Activation::gelu: { // Phi(z) + z * phi(z)
        const T density = std::exp(-z * z / 2) / std::sqrt(T(2) * T(3.14159265358979323846));
        return std::erfc(-z / std::sqrt(T(2))) / 2 + z * density;
    }
    case Activation::silu: return sigmoid(z) * (1 + z * (1 - sigmoid(z)));
    }
    return 0;
}

/// The loss of one row and its derivative by the raw outputs.
template <class T>
struct RowLoss {
    T value;
    std::vector<T> gradient;
};

template <class T>
RowLoss<T> row_loss(Loss loss, const std::vector<T>& outputs, float target) {
    switch (loss) {
    case Loss::softmax_cross_entropy: { // log sum exp(y) - y[target], with the largest y taken out of the sum
        T largest = outputs[0], sum = 0;
        for (T y : outputs) largest = std::max(largest, y);
        for (T y : outputs) sum += std::exp(y - largest);
        const size_t wanted = static_cast<size_t>(target);
        RowLoss<T> result{largest + std::log(sum) - outputs[wanted], {}};
        for (T y : outputs) result.gradient.push_back(std::exp(y - largest) / sum);
        result.gradient[wanted] -= 1;
        return result;
    }
    case Loss::binary_cross_entropy: { // log(1 + exp(y)) - t * y
        const T y = outputs[0], t = static_cast<T>(target);
        return {std::max(y, T(0)) + std::log1p(std::exp(-std::fabs(y))) - t * y, {sigmoid(y) - t}};
    }
    case Loss::mean_squared_error: {
        const T miss = outputs[0] - static_cast<T>(target);
        return {miss * miss, {2 * miss}};
    }
    }
    return {};
}

/// What a hidden unit's activation is multiplied by: dropout. (layer from 0, unit) -> factor.
template <class T>
using Mask = std::function<T(int layer, int unit)>;

template <class T>
struct Pass {
    std::vector<std::vector<T>> sums;   ///< of each layer, before the nonlinearity; the last are the outputs
    std::vector<std::vector<T>> inputs; ///< of each layer
};

template <class T>
Pass<T> forward(const Net<T>& net, Activation activation, const float* row, const Mask<T>& mask = {}) {
    Pass<T> pass;
    std::vector<T> values(row, row + net.front().in);
    for (size_t l = 0; l < net.size(); ++l) {
        const Layer<T>& layer = net[l];
        pass.inputs.push_back(values);
        std::vector<T> sums = layer.biases;
        for (int o = 0; o < layer.out; ++o)
            for (int i = 0; i < layer.in; ++i)
                sums[static_cast<size_t>(o)] += values[static_cast<size_t>(i)] * layer.weights[static_cast<size_t>(i * layer.out + o)];
        pass.sums.push_back(sums);
        values.clear();
        for (int o = 0; o < layer.out; ++o)
            values.push_back(activate(activation, sums[static_cast<size_t>(o)]) * (mask ? mask(static_cast<int>(l), o) : T(1)));
    }
    return pass;
}

/// Adds one row's gradient to `gradient` (by the chain rule, last layer first) and returns its loss.
template <class T>
T backward(const Net<T>& net, Activation activation, Loss loss, const float* row, float target, Net<T>& gradient,
           const Mask<T>& mask = {}) {
    const Pass<T> pass = forward(net, activation, row, mask);
    const RowLoss<T> end = row_loss(loss, pass.sums.back(), target);
    std::vector<T> by_sum = end.gradient; // derivative of the loss by this layer's sums
    for (size_t l = net.size(); l-- > 0;) {
        const Layer<T>& layer = net[l];
        std::vector<T> by_input(static_cast<size_t>(layer.in));
        for (int i = 0; i < layer.in; ++i)
            for (int o = 0; o < layer.out; ++o) {
                const size_t w = static_cast<size_t>(i * layer.out + o);
                gradient[l].weights[w] += pass.inputs[l][static_cast<size_t>(i)] * by_sum[static_cast<size_t>(o)];
                by_input[static_cast<size_t>(i)] += layer.weights[w] * by_sum[static_cast<size_t>(o)];
            }
        for (int o = 0; o < layer.out; ++o) gradient[l].biases[static_cast<size_t>(o)] += by_sum[static_cast<size_t>(o)];
        if (l == 0) break;
        by_sum.clear();
        for (int i = 0; i < layer.in; ++i) {
            const T factor = mask ? mask(static_cast<int>(l) - 1, i) : T(1);
            by_sum.push_back(by_input[static_cast<size_t>(i)] * factor * slope(activation, pass.sums[l - 1][static_cast<size_t>(i)]));
        }
    }
    return end.value;
}

} // namespace caviar::reference
