#include "host/cpu/shape.h"

#include "host/core/padding.h"

#include <utility>

namespace caviar::cpu {

Shape::Shape(std::vector<int32_t> net_widths, int32_t lanes) : widths(std::move(net_widths)), layers(widths.size() - 1) {
    sizes = mlp::lay_out(widths.data(), count(), [lanes](int32_t width) { return mlp::leading_dimension(width, lanes); }, layers.data());
}

std::vector<float> Shape::unpad(const AlignedFloats& parameters) const { return caviar::unpad(layers, parameters.data()); }

AlignedFloats Shape::pad(std::span<const float> values) const {
    AlignedFloats parameters(sizes.parameters);
    caviar::pad(layers, values.data(), parameters.data());
    return parameters;
}

} // namespace caviar::cpu
