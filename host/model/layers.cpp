#include "host/model/layers.h"

#include "caviar/error.h"

#include <algorithm>

namespace caviar::model {

UsedComponents used_components(const Model& m) {
    UsedComponents used;
    for (const Net* net : nets(m))
        if (net->scaling == Scaling::pca) used.count = std::max(used.count, static_cast<size_t>(net->weights.widths.front()));
    const auto kept = static_cast<size_t>(m.preprocessing.kept);
    for (auto row = m.preprocessing.components.begin(); used.count > 0 && row != m.preprocessing.components.end(); row += static_cast<ptrdiff_t>(kept))
        used.values.insert(used.values.end(), row, row + static_cast<ptrdiff_t>(used.count));
    return used;
}

void append_layer(Weights& w, int32_t in, int32_t out, std::span<const float> weight, std::span<const float> bias, const std::string& file) {
    const size_t layer = layer_count(w);
    if (w.widths.empty()) w.widths.push_back(in);
    if (w.widths.back() != in)
        throw DataError(file + ": layer " + std::to_string(layer) + " takes " + std::to_string(in) + " inputs but the layer before it has " +
                        std::to_string(w.widths.back()) + " outputs");
    w.widths.push_back(out);
    w.values.insert(w.values.end(), weight.begin(), weight.end());
    w.values.insert(w.values.end(), bias.begin(), bias.end());
}

std::vector<float> transposed(std::span<const float> values, size_t rows, size_t columns) {
    std::vector<float> result(values.size());
    for (size_t r = 0; r < rows; ++r)
        for (size_t c = 0; c < columns; ++c) result[c * rows + r] = values[r * columns + c];
    return result;
}

} // namespace caviar::model
