#pragma once
/// Between a net's parameters as an engine keeps them, rows padded, and plain weights.

#include "caviar/mlp/layout.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace caviar {

/// Weights::values of padded parameters (or of optimizer state).
inline std::vector<float> unpad(std::span<const mlp::Layer> layers, const float* parameters) {
    std::vector<float> values;
    for (const mlp::Layer& layer : layers)
        for (int64_t row = 0; row <= layer.in; ++row) { // the biases are the row after the last
            const float* from = parameters + layer.weights + row * layer.ld;
            values.insert(values.end(), from, from + layer.out);
        }
    return values;
}

/// The other way; what is padding stays as it is.
inline void pad(std::span<const mlp::Layer> layers, const float* values, float* parameters) {
    for (const mlp::Layer& layer : layers)
        for (int64_t row = 0; row <= layer.in; ++row) {
            std::copy(values, values + layer.out, parameters + layer.weights + row * layer.ld);
            values += layer.out;
        }
}

} // namespace caviar
