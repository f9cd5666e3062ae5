#pragma once
/// First weights. Each is a function of (study seed, trial seed, layer, in, out) alone: the same bits whatever the padding,
/// the machine or the order of computation. Biases start at zero.

#include "caviar/hyperparameters.h"
#include "caviar/mlp/philox.h"

#include <cstdint>

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

/// One layer's first weights: a standard normal or a uniform on (-1, 1), times `factor`.
struct LayerInit {
    Key key;
    uint32_t layer;   ///< from 0, the one that reads the features
    uint32_t n_in, n_out;
    bool normal;
    float factor;     ///< zero: every weight is zero
};

CAVIAR_HD inline bool is_normal(Init init) {
    return init == Init::he_normal || init == Init::glorot_normal || init == Init::lecun_normal || init == Init::fan_in_normal ||
           init == Init::glorot_bound_normal;
}

/// Standard deviation (normal) or half-width (uniform) before `init_scale`; the formulas' sources are with Init.
CAVIAR_HD inline float init_width(Init init, uint32_t n_in, uint32_t n_out) {
    const float in = static_cast<float>(n_in), sum = static_cast<float>(n_in + n_out);
    switch (init) {
    case Init::he_uniform: return square_root(div(6.0f, in));
    case Init::he_normal: return square_root(div(2.0f, in));
    case Init::glorot_uniform: return square_root(div(6.0f, sum));
    case Init::glorot_normal: return square_root(div(2.0f, sum));
    case Init::lecun_uniform: return square_root(div(3.0f, in));
    case Init::lecun_normal: return square_root(div(1.0f, in));
    case Init::fan_in_uniform: return square_root(div(1.0f, in));
    case Init::fan_in_normal: return square_root(div(1.0f, in));
    case Init::glorot_bound_normal: return square_root(div(6.0f, sum));
    }
    return 0;
}

/// `output`: this is the last layer. n_in and n_out are the true widths, without padding.
CAVIAR_HD inline LayerInit layer_init(uint64_t study_seed, uint64_t trial_seed, uint32_t layer, uint32_t n_in, uint32_t n_out,
                                      bool output, Init init, float init_scale, bool zero_output) {
    const float factor = output && zero_output ? 0.0f : mul(init_scale, init_width(init, n_in, n_out));
    return {make_key(study_seed, trial_seed, Purpose::init), layer, n_in, n_out, is_normal(init), factor};
}

struct Weights4 {
    float weight[4];
};

/// The weights with row-major indices 4 * quad to 4 * quad + 3, index = in * n_out + out; what lies past the last is to be ignored.
CAVIAR_HD inline Weights4 first_weights(const LayerInit& layer, uint64_t quad) {
    const Block4 b = philox({{static_cast<uint32_t>(quad), static_cast<uint32_t>(quad >> 32), layer.layer, 0}}, layer.key);
    if (layer.normal) {
        const NormalPair p = normal_pair(b.word[0], b.word[1]), q = normal_pair(b.word[2], b.word[3]);
        return {{mul(layer.factor, p.first), mul(layer.factor, p.second), mul(layer.factor, q.first), mul(layer.factor, q.second)}};
    }
    Weights4 w{};
    for (int i = 0; i < 4; ++i) w.weight[i] = mul(layer.factor, uniform_signed(b.word[i]));
    return w;
}

/// One weight, from unit `in` of the layer below to unit `out`.
CAVIAR_HD inline float first_weight(const LayerInit& layer, uint32_t in, uint32_t out) {
    const uint64_t index = uint64_t{in} * layer.n_out + out;
    return first_weights(layer, index / 4).weight[index % 4];
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
