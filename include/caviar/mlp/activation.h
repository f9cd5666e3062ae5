#pragma once
/// Activations of the hidden units: value and derivative from the pre-activation z.

#include "caviar/hyperparameters.h"
#include "caviar/mlp/functions.h"

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

template <class P> struct ValueAndSlope {
    P value, slope;
};

/// relu and leaky relu (slope 0.01 below zero; Maas et al. 2013) have slope 0 and 0.01 at zero itself.
/// gelu: z Phi(z), exact, not the tanh approximation (Hendrycks and Gimpel 2016). silu: z sigmoid(z).
template <Activation A, class P> CAVIAR_HD CAVIAR_INLINE ValueAndSlope<P> activate(P z) {
    const P zero = P::all(0.0f), one = P::all(1.0f);
    if constexpr (A == Activation::relu) {
        return {max(zero, z), where_less(zero, z, one, zero)};
    } else if constexpr (A == Activation::leaky_relu) {
        const P slope = where_less(zero, z, one, P::all(0.01f));
        return {z * slope, slope};
    } else if constexpr (A == Activation::tanh) {
        const P a = tanh(z);
        return {a, one - a * a};
    } else if constexpr (A == Activation::sigmoid) {
        const P a = sigmoid(z);
        return {a, a * (one - a)};
    } else if constexpr (A == Activation::gelu) {
        const P share = normal_cdf(z);
        return {z * share, fma(z, normal_density(z), share)};
    } else {
        const P share = sigmoid(z);
        return {z * share, fma(z * share, one - share, share)};
    }
}

/// Any activation, by a call: for code that would otherwise hold all six at each of many places.
template <class P> CAVIAR_HD CAVIAR_APART ValueAndSlope<P> activate_any(Activation a, P z) {
    switch (a) {
    case Activation::relu: return activate<Activation::relu>(z);
    case Activation::leaky_relu: return activate<Activation::leaky_relu>(z);
    case Activation::tanh: return activate<Activation::tanh>(z);
    case Activation::sigmoid: return activate<Activation::sigmoid>(z);
    case Activation::gelu: return activate<Activation::gelu>(z);
    default: return activate<Activation::silu>(z);
    }
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
