#pragma once
/// The way back: the gradient by a layer's weights goes straight into its optimizer, the one by its inputs to the layer below.

#include "caviar/mlp/block.h"
#include "caviar/mlp/forward.h"
#include "caviar/mlp/step.h"

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

/// The gradient by z from that by f(z): through a ReLU where it let something through.
struct ThroughRelu {
    static constexpr bool heavy = false;
    float* value; ///< the gradient takes its place
    int32_t ld;
    CAVIAR_HD CAVIAR_INLINE void operator()(int32_t row, int32_t column, Lanes g) const {
        const int64_t at = int64_t{row} * ld + column;
        where_less(Lanes::all(0.0f), Lanes::load(value + at), g, Lanes::all(0.0f)).store(value + at);
    }
};

/// Through any other activation, whose slope the forward pass kept.
struct ThroughSlope {
    static constexpr bool heavy = false;
    float* delta;
    const float* slope;
    int32_t ld;
    CAVIAR_HD CAVIAR_INLINE void operator()(int32_t row, int32_t column, Lanes g) const {
        const int64_t at = int64_t{row} * ld + column;
        (g * Lanes::load(slope + at)).store(delta + at);
    }
};

/// Which part of a minibatch a chunk is: the parts before the last sum up, the last one updates.
struct ChunkPlace {
    bool first, last;
};

/// Gradient of layer l's weights and biases from its inputs and its delta, and their update.
template <class U, Block B>
CAVIAR_HD void update_layer(B& block, const StepView& s, int32_t l, int32_t rows, const float* in, int32_t in_ld, const float* delta) {
    const Layer& layer = s.net.layer[l];
    const bool started = rows < s.rows; // earlier chunks have left their sums
    const float* sums = started ? s.memory + s.workspace.gradient : nullptr;
    const U weights{s.rule, s.net.parameters + layer.weights, s.m ? s.m + layer.weights : nullptr,
                            s.v ? s.v + layer.weights : nullptr, layer.ld};
    UpdateRule undecayed = s.rule;
    undecayed.l2 = 0;
    undecayed.shrink = 1;
    const U biases{undecayed, s.net.parameters + layer.biases, s.m ? s.m + layer.biases : nullptr,
                           s.v ? s.v + layer.biases : nullptr, layer.ld};
    block.template gemm<true>(layer.in, layer.out, rows, in, in_ld, delta, layer.ld, sums ? sums + layer.weights : nullptr, layer.ld, weights);
    block.column_sums(rows, layer.out, delta, layer.ld, [&](int32_t row, int32_t column, Lanes g) {
        biases(row, column, sums ? g + Lanes::load(sums + layer.biases + column) : g);
    });
}

/// Adds layer l's gradient to the sums of this minibatch.
template <Block B>
CAVIAR_HD void accumulate_layer(B& block, const StepView& s, int32_t l, int32_t rows, const float* in, int32_t in_ld, const float* delta,
                                bool first) {
    const Layer& layer = s.net.layer[l];
    float* sums = s.memory + s.workspace.gradient;
    block.template gemm<true>(layer.in, layer.out, rows, in, in_ld, delta, layer.ld, first ? nullptr : sums + layer.weights, layer.ld,
                              Keep{sums + layer.weights, layer.ld});
    block.column_sums(rows, layer.out, delta, layer.ld, [&](int32_t, int32_t column, Lanes g) {
        float* at = sums + layer.biases + column;
        (first ? g : g + Lanes::load(at)).store(at);
    });
}

template <Block B>
CAVIAR_HD void learn_layer(B& block, const StepView& s, int32_t l, int32_t rows, const float* in, int32_t in_ld, const float* delta,
                           ChunkPlace place) {
    if (!place.last) return accumulate_layer(block, s, l, rows, in, in_ld, delta, place.first);
    if constexpr (B::asks_late) return update_layer<UpdateAny>(block, s, l, rows, in, in_ld, delta);
    switch (s.rule.optimizer) {
    case Optimizer::sgd: return update_layer<Update<Optimizer::sgd>>(block, s, l, rows, in, in_ld, delta);
    case Optimizer::momentum: return update_layer<Update<Optimizer::momentum>>(block, s, l, rows, in, in_ld, delta);
    case Optimizer::nesterov: return update_layer<Update<Optimizer::nesterov>>(block, s, l, rows, in, in_ld, delta);
    case Optimizer::rmsprop: return update_layer<Update<Optimizer::rmsprop>>(block, s, l, rows, in, in_ld, delta);
    case Optimizer::adam: return update_layer<Update<Optimizer::adam>>(block, s, l, rows, in, in_ld, delta);
    case Optimizer::adamw: return update_layer<Update<Optimizer::adamw>>(block, s, l, rows, in, in_ld, delta);
    }
}

/// The delta of layer l - 1, in place of its activations, from layer l's delta and its weights transposed.
template <Block B>
CAVIAR_HD void send_back(B& block, const StepView& s, int32_t l, int32_t rows, const float* delta, const float* transposed) {
    const Layer &layer = s.net.layer[l], &lower = s.net.layer[l - 1];
    float* value = s.memory + lower.activation;
    if (keeps_slopes(s.net.activation, s.dropout))
        block.template gemm<false>(rows, layer.in, layer.out, delta, layer.ld, transposed, lower.ld, nullptr, 0,
                                   ThroughSlope{value, s.memory + lower.slope, lower.ld});
    else
        block.template gemm<false>(rows, layer.in, layer.out, delta, layer.ld, transposed, lower.ld, nullptr, 0, ThroughRelu{value, lower.ld});
}

/// From the last layer's delta (in workspace.outputs) down to the first layer. A layer's delta takes the place of its activations,
/// which nobody needs once the weights above have their gradient: those weights are transposed before they change.
template <Block B> CAVIAR_HD void backward(B& block, const StepView& s, int32_t rows, const float* inputs, ChunkPlace place) {
    const float* delta = s.memory + s.workspace.outputs;
    float* transposed = s.memory + s.workspace.transposed;
    for (int32_t l = s.net.layers - 1; l > 0; --l) {
        const Layer &layer = s.net.layer[l], &lower = s.net.layer[l - 1];
        float* value = s.memory + lower.activation;
        block.transpose(layer.out, layer.in, s.net.parameters + layer.weights, layer.ld, transposed, lower.ld);
        block.sync();
        learn_layer(block, s, l, rows, value, lower.ld, delta, place);
        block.sync();
        send_back(block, s, l, rows, delta, transposed);
        block.sync();
        delta = value;
    }
    learn_layer(block, s, 0, rows, inputs, s.net.input_ld, delta, place);
    block.sync();
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
