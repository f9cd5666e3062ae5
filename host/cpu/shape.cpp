#include "host/cpu/shape.h"

#include <algorithm>
#include <utility>

namespace caviar::cpu {

Shape::Shape(std::vector<int32_t> net_widths, int32_t lanes) : widths(std::move(net_widths)), layers(widths.size() - 1) {
    sizes = mlp::lay_out(widths.data(), count(), [lanes](int32_t width) { return mlp::leading_dimension(width, lanes); }, layers.data());
}

std::vector<float> Shape::unpad(const AlignedFloats& parameters) const {
    std::vector<float> values;
    values.reserve(static_cast<size_t>(weight_count(widths)));
    for (const mlp::Layer& layer : layers)
        for (int64_t row = 0; row <= layer.in; ++row) { // the biases are the row after the last
            const float* from = parameters.data() + layer.weights + row * layer.ld;
            values.insert(values.end(), from, from + layer.out);
        }
    return values;
}

AlignedFloats Shape::pad(std::span<const float> values) const {
    AlignedFloats parameters(sizes.parameters);
    const float* from = values.data();
    for (const mlp::Layer& layer : layers)
        for (int64_t row = 0; row <= layer.in; ++row) {
            std::copy(from, from + layer.out, parameters.data() + layer.weights + row * layer.ld);
            from += layer.out;
        }
    return parameters;
}

} // namespace caviar::cpu
