#pragma once
/// A net's weights one layer at a time, as files hold them.

#include "caviar/model.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace caviar::model {

/// Where one layer's values lie in Weights::values: W (in x out, row-major), then b (out).
struct LayerView {
    int32_t in = 0, out = 0;
    std::span<const float> weight, bias;
};

inline size_t layer_count(const Weights& w) { return w.widths.empty() ? 0 : w.widths.size() - 1; }

/// All layers, first to last; views into `w`.
inline std::vector<LayerView> layers_of(const Weights& w) {
    std::vector<LayerView> layers;
    const float* at = w.values.data();
    for (size_t i = 0; i < layer_count(w); ++i) {
        const auto in = static_cast<size_t>(w.widths[i]), out = static_cast<size_t>(w.widths[i + 1]);
        layers.push_back({w.widths[i], w.widths[i + 1], {at, in * out}, {at + in * out, out}});
        at += (in + 1) * out;
    }
    return layers;
}

/// Of a model's components those that one of its nets reads.
struct UsedComponents {
    size_t count = 0;          ///< columns; 0 where no net is scaled by pca
    std::vector<float> values; ///< features x count, row-major
};
UsedComponents used_components(const Model&);

/// Adds a layer at the end. `weight`: in x out row-major. Throws DataError where `in` is not the last layer's `out`.
void append_layer(Weights&, int32_t in, int32_t out, std::span<const float> weight, std::span<const float> bias, const std::string& file);

/// rows x columns -> columns x rows, both row-major.
std::vector<float> transposed(std::span<const float> values, size_t rows, size_t columns);

} // namespace caviar::model
