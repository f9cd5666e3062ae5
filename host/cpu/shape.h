#pragma once
/// A net's widths and how its parameters lie in memory, and the way between that and plain weights.

#include "caviar/engine.h"
#include "caviar/mlp/step.h"
#include "host/cpu/aligned.h"

#include <span>
#include <vector>

namespace caviar::cpu {

struct Shape {
    std::vector<int32_t> widths;
    std::vector<mlp::Layer> layers;
    mlp::Sizes sizes{};

    Shape() = default;
    Shape(std::vector<int32_t> net_widths, int32_t lanes);
    int32_t count() const { return static_cast<int32_t>(layers.size()); }

    /// Between padded parameters (or optimizer state) and Weights::values.
    std::vector<float> unpad(const AlignedFloats& parameters) const;
    AlignedFloats pad(std::span<const float> values) const;
};

} // namespace caviar::cpu
