#pragma once
/// The forward pass: Z = A W + b, A' = f(Z), layer by layer, rows by units.

#include "caviar/mlp/activation.h"
#include "caviar/mlp/block.h"
#include "caviar/mlp/step.h"

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

/// Keeps the sums as they are.
struct Keep {
    static constexpr bool heavy = false;
    float* c;
    int32_t ld;
    CAVIAR_HD CAVIAR_INLINE void operator()(int32_t row, int32_t column, Lanes z) const { z.store(c + int64_t{row} * ld + column); }
};

struct Relu {
    static constexpr bool heavy = false;
    float* c;
    int32_t ld;
    CAVIAR_HD CAVIAR_INLINE void operator()(int32_t row, int32_t column, Lanes z) const {
        max(Lanes::all(0.0f), z).store(c + int64_t{row} * ld + column);
    }
};

/// What the pass is for: prediction, training, or training with dropout's factors waiting in `slope`.
enum class Pass { predict, train, drop };

/// Writes f(z), and for training f'(z) too: the way back then need not know the activation.
template <Activation A, Pass pass> struct Activate {
    static constexpr bool heavy = true;
    float *value, *slope;
    int32_t ld;
    CAVIAR_HD CAVIAR_INLINE void operator()(int32_t row, int32_t column, Lanes z) const {
        const int64_t at = int64_t{row} * ld + column;
        ValueAndSlope<Lanes> f = activate<A>(z);
        if constexpr (pass == Pass::drop) {
            const Lanes factor = Lanes::load(slope + at);
            f = {f.value * factor, f.slope * factor};
        }
        f.value.store(value + at);
        if constexpr (pass != Pass::predict) f.slope.store(slope + at);
    }
};

/// Any activation, asked for each pack.
template <Pass pass> struct ActivateAny {
    static constexpr bool heavy = true;
    Activation activation;
    float *value, *slope;
    int32_t ld;
    CAVIAR_HD CAVIAR_INLINE void operator()(int32_t row, int32_t column, Lanes z) const {
        const bool relu = activation == Activation::relu;
        if (relu && pass != Pass::drop) return Relu{value, ld}(row, column, z);
        const int64_t at = int64_t{row} * ld + column;
        ValueAndSlope<Lanes> f = activate_any(activation, z);
        if constexpr (pass == Pass::drop) {
            const Lanes factor = Lanes::load(slope + at);
            f = {f.value * factor, f.slope * factor};
        }
        f.value.store(value + at);
        if constexpr (pass != Pass::predict) f.slope.store(slope + at);
    }
};

/// A ReLU's slope can be read off its value, unless dropout has scaled it.
CAVIAR_HD inline bool keeps_slopes(Activation a, float dropout) { return a != Activation::relu || dropout > 0; }

template <Pass pass, Block B>
CAVIAR_HD void hidden_layer(B& block, const NetView& net, int32_t l, int32_t rows, const float* in, int32_t in_ld, float* memory) {
    const Layer& layer = net.layer[l];
    const float *weights = net.parameters + layer.weights, *biases = net.parameters + layer.biases;
    float *value = memory + layer.activation, *slope = memory + layer.slope;
    const auto run = [&](const auto& epilogue) {
        block.template gemm<false>(rows, layer.out, layer.in, in, in_ld, weights, layer.ld, biases, 0, epilogue);
    };
    if constexpr (B::asks_late) return run(ActivateAny<pass>{net.activation, value, slope, layer.ld});
    switch (net.activation) {
    case Activation::relu:
        if constexpr (pass == Pass::drop)
            run(Activate<Activation::relu, pass>{value, slope, layer.ld});
        else
            run(Relu{value, layer.ld});
        break;
    case Activation::leaky_relu: run(Activate<Activation::leaky_relu, pass>{value, slope, layer.ld}); break;
    case Activation::tanh: run(Activate<Activation::tanh, pass>{value, slope, layer.ld}); break;
    case Activation::sigmoid: run(Activate<Activation::sigmoid, pass>{value, slope, layer.ld}); break;
    case Activation::gelu: run(Activate<Activation::gelu, pass>{value, slope, layer.ld}); break;
    case Activation::silu: run(Activate<Activation::silu, pass>{value, slope, layer.ld}); break;
    }
}

template <Block B> CAVIAR_HD void output_layer(B& block, const NetView& net, int32_t rows, const float* in, int32_t in_ld, float* outputs) {
    const Layer& last = net.layer[net.layers - 1];
    block.template gemm<false>(rows, last.out, last.in, in, in_ld, net.parameters + last.weights, last.ld, net.parameters + last.biases, 0,
                               Keep{outputs, last.ld});
}

/// Raw outputs, rows x ld of the last layer, to `outputs`.
template <Pass pass, Block B>
CAVIAR_HD void forward(B& block, const NetView& net, int32_t rows, const float* in, int64_t in_ld, float* memory, float* outputs) {
    for (int32_t l = 0; l + 1 < net.layers; ++l) {
        hidden_layer<pass>(block, net, l, rows, in, static_cast<int32_t>(in_ld), memory);
        block.sync();
        in = memory + net.layer[l].activation;
        in_ld = net.layer[l].ld;
    }
    output_layer(block, net, rows, in, static_cast<int32_t>(in_ld), outputs);
    block.sync();
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
