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

/// Trains on one minibatch; returns the sum of its rows' losses before the update. A minibatch larger than a chunk goes
/// through in parts that sum up their gradients in order, so that memory stays bounded.
template <Block B> CAVIAR_HD double train_step(B& block, const StepView& s) {
    const int32_t chunks = (s.rows + s.chunk - 1) / s.chunk;
    const int32_t even = ((s.rows + chunks - 1) / chunks + 7) / 8 * 8;
    float *inputs = s.memory + s.workspace.inputs, *targets = s.memory + s.workspace.targets, *outputs = s.memory + s.workspace.outputs;
    const Layer& last = s.net.layer[s.net.layers - 1];
    double loss = 0;
    for (int32_t first = 0; first < s.rows; first += even) {
        const int32_t rows = s.rows - first < even ? s.rows - first : even;
        uint32_t* order = reinterpret_cast<uint32_t*>(s.memory + s.workspace.order);
        constexpr int32_t group = B::rows_at_once;
        block.for_each((rows + group - 1) / group, [&](int32_t g) {
            const int32_t at = g * group, count = rows - at < group ? rows - at : group;
            rows_at(s.shuffle, s.first + static_cast<uint32_t>(first + at), static_cast<uint32_t>(count), order + at);
        });
        block.sync();
        block.gather(rows, s.net.layer[0].in, order, s.features, s.stride, inputs, s.net.input_ld);
        block.for_each(rows, [&](int32_t r) { targets[r] = s.targets[order[r]]; });
        block.sync();
        if (s.dropout > 0) {
            draw_dropout(block, s, first, rows);
            forward<Pass::drop>(block, s.net, rows, inputs, s.net.input_ld, s.memory, outputs);
        } else {
            forward<Pass::train>(block, s.net, rows, inputs, s.net.input_ld, s.memory, outputs);
        }
        loss += static_cast<double>(loss_and_gradient(
            block, s.net.loss,
            {outputs, targets, s.memory + s.workspace.columns, rows, last.out, last.ld, s.workspace.rows, 1.0f / static_cast<float>(s.rows), true}));
        block.sync();
        backward(block, s, rows, inputs, {first == 0, first + rows == s.rows});
    }
    return loss;
}

/// Outputs of a net over rows, without dropout; returns the sum of their losses where targets are given. They stay in
/// workspace.outputs.
template <Block B> CAVIAR_HD double predict(B& block, const ForwardView& s) {
    const Layer& last = s.net.layer[s.net.layers - 1];
    float *inputs = s.memory + s.workspace.inputs, *outputs = s.memory + s.workspace.outputs;
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
    float* targets = s.memory + s.workspace.targets; // whole packs of them can be read here
    block.for_each(s.rows, [&](int32_t r) { targets[r] = s.targets[r]; }); // the loss has a sync before it reads them
    return static_cast<double>(loss_and_gradient(block, s.net.loss,
                                                 {outputs, targets, s.memory + s.workspace.columns, s.rows, last.out, last.ld,
                                                  s.workspace.rows, 0.0f, false}));
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
