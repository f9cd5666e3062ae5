#pragma once
/// How a net lies in memory: plain values that host and device share.

#include "caviar/mlp/config.h"

#include <cstdint>

namespace caviar::mlp {

/// One layer. Parameters: `in` rows of `ld` floats, then one row of biases; only the first `out` columns of a row mean
/// anything, the rest is zero and stays zero. Its activations and their derivatives: rows of `ld` floats in the workspace; on the
/// way back the loss's gradient by the pre-activations takes the activations' place.
struct Layer {
    int32_t in, out;
    int32_t ld;         ///< floats from row to row
    int64_t weights;    ///< offset of the first weight, in floats
    int64_t biases;     ///< offset of the biases
    int64_t activation; ///< offset in the workspace; hidden layers only
    int64_t slope;      ///< offset in the workspace of f'(z), times dropout's factor; 0 where it is not kept
};

/// Where a step keeps what it computes, in floats from the start of its workspace.
struct Workspace {
    int32_t rows;       ///< it was laid out for
    int64_t order;      ///< rows: which rows of the training part these are, as unsigned integers
    int64_t inputs;     ///< rows x input_ld: the gathered minibatch
    int64_t outputs;    ///< rows x the last layer's ld; then the loss's gradient by them
    int64_t transposed; ///< the largest out x ld(in): a layer's weights, transposed
    int64_t columns;    ///< outputs x rows: the outputs, transposed for the loss of a block that wants them so; in the same place
    int64_t targets;    ///< rows
    int64_t gradient;   ///< like the parameters: what chunks before the last summed up; -1 where a step is one chunk
    int64_t size;
};

struct Sizes {
    int32_t input_ld;
    int64_t parameters; ///< floats of all layers' weights and biases, with padding
};

inline namespace CAVIAR_ISA {

/// Rows of whole packs, for the CPU. A stride of a multiple of 512 bytes would put all rows into a few sets of the first cache: such
/// strides get 64 bytes more.
CAVIAR_HD inline int32_t leading_dimension(int32_t width, int32_t lanes) {
    const int32_t ld = (width + lanes - 1) / lanes * lanes;
    return ld % 128 == 0 ? ld + 16 : ld;
}

/// Lays out the parameters. widths: inputs, hidden..., outputs; `layers` of them less one. row_length(width): floats from row to
/// row of a matrix of so many columns. Fills `layer[0 .. layers)`.
template <class RowLength> Sizes lay_out(const int32_t* widths, int32_t layers, const RowLength& row_length, Layer* layer) {
    Sizes s{row_length(widths[0]), 0};
    for (int32_t l = 0; l < layers; ++l) {
        const int32_t ld = row_length(widths[l + 1]);
        layer[l] = {widths[l], widths[l + 1], ld, s.parameters, s.parameters + int64_t{widths[l]} * ld, 0, 0};
        s.parameters += (int64_t{widths[l]} + 1) * ld;
    }
    return s;
}

/// Lays out the workspace for `rows` rows at a time, a multiple of 16. Every offset is a multiple of 16 floats.
inline Workspace lay_out_workspace(Layer* layer, int32_t layers, const Sizes& s, int32_t rows, bool slopes, bool gradient) {
    Workspace w{};
    w.rows = rows;
    const auto take = [&w](int64_t floats) {
        const int64_t at = w.size;
        w.size += (floats + 15) / 16 * 16;
        return at;
    };
    w.order = take(rows);
    w.inputs = take(int64_t{rows} * s.input_ld);
    for (int32_t l = 0; l + 1 < layers; ++l) {
        layer[l].activation = take(int64_t{rows} * layer[l].ld);
        layer[l].slope = slopes ? take(int64_t{rows} * layer[l].ld) : 0;
    }
    w.outputs = take(int64_t{rows} * layer[layers - 1].ld);
    int64_t largest = 0;
    for (int32_t l = 1; l < layers; ++l) {
        const int64_t size = int64_t{layer[l].out} * layer[l - 1].ld;
        if (size > largest) largest = size;
    }
    const int64_t outputs = int64_t{layer[layers - 1].out} * rows;
    w.transposed = w.columns = take(largest > outputs ? largest : outputs); // the loss is done with its columns before the way back
    w.targets = take(rows);
    w.gradient = gradient ? take(s.parameters) : -1;
    return w;
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
