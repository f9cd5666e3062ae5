#pragma once
/// One step of training, and one forward pass with its loss: written once, for every block.

#include "caviar/mlp/backward.h"
#include "caviar/mlp/dropout.h"
#include "caviar/mlp/forward.h"
#include "caviar/mlp/loss.h"

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

/// Writes dropout's factors where the forward pass looks for them. `first`: the chunk's first row in its minibatch, a multiple of 8.
template <Block B> CAVIAR_HD void draw_dropout(B& block, const StepView& s, int32_t first, int32_t rows) {
    const Dropout dropout = make_dropout(s.study_seed, s.trial_seed, s.dropout);
    const int32_t group = static_cast<int32_t>(Dropout::rows), groups = (rows + group - 1) / group;
    for (int32_t l = 0; l + 1 < s.net.layers; ++l) {
        const Layer& layer = s.net.layer[l];
        float* factors = s.memory + layer.slope;
        block.for_each(groups, [&](int32_t g) {
            const int32_t units = (layer.out + Lanes::lanes - 1) / Lanes::lanes * Lanes::lanes; // in the padding too: all is finite
            dropout_factors(dropout, s.step, static_cast<uint32_t>(l), static_cast<uint32_t>(first / group + g),
                            static_cast<uint32_t>(units), factors + int64_t{g} * group * layer.ld, layer.ld);
        });
    }
    block.sync();
}

/// Brings a chunk's rows `at` to `at + rows` into the workspace; `first`: where the chunk begins in its minibatch.
template <Block B> CAVIAR_HD void take_rows(B& block, const StepView& s, int32_t first, int32_t at, int32_t rows) {
    uint32_t* order = reinterpret_cast<uint32_t*>(s.memory + s.workspace.order) + at;
    float *inputs = s.memory + s.workspace.inputs + int64_t{at} * s.net.input_ld, *targets = s.memory + s.workspace.targets + at;
    constexpr int32_t group = B::rows_at_once;
    block.for_each((rows + group - 1) / group, [&](int32_t g) {
        const int32_t begin = g * group, count = rows - begin < group ? rows - begin : group;
        rows_at(s.shuffle, s.first + static_cast<uint32_t>(first + at + begin), static_cast<uint32_t>(count), order + begin);
    });
    block.sync();
    block.gather(rows, s.net.layer[0].in, order, s.features, s.stride, inputs, s.net.input_ld);
    block.for_each(rows, [&](int32_t r) { targets[r] = s.targets[order[r]]; });
    block.sync();
}

/// The sum of a chunk's losses, from the raw outputs in the workspace. With `gradient` their derivative, for the mean over the
/// minibatch, takes the outputs' place. Also a sync.
template <Block B> CAVIAR_HD double chunk_loss(B& block, const NetView& net, float* memory, const Workspace& w, int32_t rows, float scale, bool gradient) {
    const Layer& last = net.layer[net.layers - 1];
    return static_cast<double>(loss_and_gradient(
        block, net.loss, {memory + w.outputs, memory + w.targets, memory + w.columns, rows, last.out, last.ld, w.rows, scale, gradient}));
}

/// Rows of each chunk that a minibatch goes through in, but for the last one: even parts, in whole groups of dropout's rows.
CAVIAR_HD inline int32_t chunk_rows(int32_t rows, int32_t most) {
    const int32_t chunks = (rows + most - 1) / most;
    return ((rows + chunks - 1) / chunks + 7) / 8 * 8;
}

/// Trains on one minibatch; returns the sum of its rows' losses before the update. A minibatch larger than a chunk goes
/// through in parts that sum up their gradients in order, so that memory stays bounded.
template <Block B> CAVIAR_HD double train_step(B& block, const StepView& s) {
    // Kept: once the last sync is behind a lane, another may write the next step's view.
    const int32_t all = s.rows, even = chunk_rows(all, s.chunk);
    float *inputs = s.memory + s.workspace.inputs, *outputs = s.memory + s.workspace.outputs;
    double loss = 0;
    for (int32_t first = 0; first < all; first += even) {
        const int32_t rows = all - first < even ? all - first : even;
        take_rows(block, s, first, 0, rows);
        if (s.dropout > 0) {
            draw_dropout(block, s, first, rows);
            forward<Pass::drop>(block, s.net, rows, inputs, s.net.input_ld, s.memory, outputs);
        } else {
            forward<Pass::train>(block, s.net, rows, inputs, s.net.input_ld, s.memory, outputs);
        }
        loss += chunk_loss(block, s.net, s.memory, s.workspace, rows, 1.0f / static_cast<float>(all), true); // also a sync
        backward(block, s, rows, inputs, {first == 0, first + rows == all});
    }
    return loss;
}

/// Outputs of a net over rows, without dropout; returns the sum of their losses where targets are given. They stay in
/// workspace.outputs.
template <Block B> CAVIAR_HD double predict(B& block, const ForwardView& s) {
    const Layer& last = s.net.layer[s.net.layers - 1];
    float *inputs = s.memory + s.workspace.inputs, *outputs = s.memory + s.workspace.outputs;
    if (s.targets) { // to where whole packs of them can be read
        float* targets = s.memory + s.workspace.targets;
        block.for_each(s.rows, [&](int32_t r) { targets[r] = s.targets[r]; }); // the forward pass has a sync before the loss reads them
    }
    if constexpr (B::reads_anywhere) {
        forward<Pass::predict>(block, s.net, s.rows, s.features, s.stride, s.memory, outputs);
    } else {
        block.gather(s.rows, s.net.layer[0].in, nullptr, s.features, s.stride, inputs, s.net.input_ld);
        block.sync();
        forward<Pass::predict>(block, s.net, s.rows, inputs, s.net.input_ld, s.memory, outputs);
    }
    if (s.outputs)
        block.for_each(s.rows, [&](int32_t r) {
            for (int32_t c = 0; c < last.out; ++c) s.outputs[int64_t{r} * last.out + c] = outputs[int64_t{r} * last.ld + c];
        });
    if (!s.targets) return 0;
    return chunk_loss(block, s.net, s.memory, s.workspace, s.rows, 0.0f, false);
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
