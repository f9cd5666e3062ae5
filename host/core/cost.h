#pragma once
/// How much arithmetic a trial is.

#include <cstdint>
#include <span>

namespace caviar {

/// Floating-point operations of training on one sample: 6 for each weight (forward, and two products on the way back), less 2
/// for each of the first layer's, whose inputs need no gradient. Biases, activations and the optimizer are not counted.
double training_flops(std::span<const int32_t> widths);

/// Of a forward pass over one sample: 2 for each weight.
double forward_flops(std::span<const int32_t> widths);

} // namespace caviar
