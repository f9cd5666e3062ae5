#pragma once
/// The optimizers, as what becomes of a pack of summed-up gradients: they run in the epilogue of the weight-gradient product.
/// Their formulas' sources are in the comments at `update`.

#include "caviar/hyperparameters.h"
#include "caviar/mlp/exact.h"
#include "caviar/mlp/pack.h"

#include <cstdint>

namespace caviar::mlp {

/// What an optimizer needs at one step; computed in double on the host and rounded once.
struct UpdateRule {
    Optimizer optimizer;
    float rate;     ///< learning rate; adam: times sqrt(1 - beta2^t) / (1 - beta1^t)
    float momentum; ///< or beta1
    float beta2;
    float epsilon;  ///< adam: times sqrt(1 - beta2^t), so that w -= rate * m / (sqrt(v) + epsilon) is Kingma & Ba's algorithm 1
    float l2;       ///< added to the gradient: l2 * w
    float shrink;   ///< w is multiplied by it first: 1 - learning rate * decay under adamw, else 1
};

/// How many floats of state there are for each parameter: none, m, v (rmsprop keeps it in the second place), or both.
struct StateUse {
    bool first, second;
};
constexpr StateUse state_use(Optimizer o) {
    return {o == Optimizer::momentum || o == Optimizer::nesterov || o == Optimizer::adam || o == Optimizer::adamw,
            o == Optimizer::rmsprop || o == Optimizer::adam || o == Optimizer::adamw};
}

inline namespace CAVIAR_ISA {

/// 1 / (sqrt(v) + epsilon), v >= 0.
template <class P> CAVIAR_HD CAVIAR_INLINE P inverse_root(P v, P epsilon) {
#if defined(CAVIAR_DEVICE)
    // Square roots and divisions rounded to the last bit would take as long as a quarter of the products. The machine's estimates
    // are within 2 ulp. The limit keeps 0 * infinity out; sqrt(1e-37) is far below any epsilon in use.
    const P x = max(P::all(1e-37f), v);
    P result = x;
    CAVIAR_UNROLL
    for (int i = 0; i < P::lanes; ++i) result.v[i] = quick_reciprocal(__builtin_fmaf(x.v[i], quick_inverse_root(x.v[i]), epsilon.v[i]));
    return result;
#else
#if defined(__AVX512F__)
    if constexpr (P::lanes == 16) {
        // Square root and division cost a quarter of a step on small nets: estimates of 14 bits and a Newton step each give
        // 1 to 2 ulp. The limit keeps 0 * infinity out; sqrt(1e-37) is far below any epsilon in use.
        const P x = max(P::all(1e-37f), v);
        P y = {_mm512_rsqrt14_ps(x.v)};
        const P root_guess = x * y, half = P::all(0.5f) * y;
        const P root = fma(negative_fma(root_guess, root_guess, x), half, root_guess);
        const P d = root + epsilon;
        const P r = {_mm512_rcp14_ps(d.v)};
        return fma(negative_fma(d, r, P::all(1.0f)), r, r);
    }
#endif
    return P::all(1.0f) / (square_root(v) + epsilon);
#endif
}

/// The running mean beta * mean + (1 - beta) * x, as mean + (1 - beta) * (x - mean): the subtraction leaves the multipliers free.
template <class P> CAVIAR_HD CAVIAR_INLINE P toward(P mean, P x, float beta) { return fma(P::all(1.0f - beta), x - mean, mean); }

/// One optimizer over a matrix of parameters with rows of `ld` floats; m and v lie like w.
template <Optimizer O> struct Update {
    static constexpr bool heavy = true;
    UpdateRule rule;
    float *w, *m, *v;
    int32_t ld;

    CAVIAR_HD CAVIAR_INLINE void operator()(int32_t row, int32_t column, Lanes g) const {
        using P = Lanes;
        const int64_t at = int64_t{row} * ld + column;
        const P rate = P::all(0.0f - rule.rate);
        P x = P::load(w + at);
        g = fma(P::all(rule.l2), x, g);
        if constexpr (O == Optimizer::sgd) {
            x = fma(rate, g, x);
        } else if constexpr (O == Optimizer::momentum || O == Optimizer::nesterov) {
            const P mu = P::all(rule.momentum), a = fma(mu, P::load(m + at), g);
            a.store(m + at);
            x = fma(rate, O == Optimizer::nesterov ? fma(mu, a, g) : a, x);
        } else if constexpr (O == Optimizer::rmsprop) {
            const P b = toward(P::load(v + at), g * g, rule.beta2);
            b.store(v + at);
            x = fma(rate * g, inverse_root(b, P::all(rule.epsilon)), x);
        } else {
            const P a = toward(P::load(m + at), g, rule.momentum), b = toward(P::load(v + at), g * g, rule.beta2);
            a.store(m + at);
            b.store(v + at);
            if constexpr (O == Optimizer::adamw) x = x * P::all(rule.shrink);
            x = fma(rate * a, inverse_root(b, P::all(rule.epsilon)), x);
        }
        x.store(w + at);
    }
};

/// Any optimizer, asked for each pack.
struct UpdateAny {
    static constexpr bool heavy = true;
    UpdateRule rule;
    float *w, *m, *v;
    int32_t ld;

    CAVIAR_HD CAVIAR_INLINE void operator()(int32_t row, int32_t column, Lanes g) const {
        switch (rule.optimizer) {
        case Optimizer::sgd: return Update<Optimizer::sgd>{rule, w, m, v, ld}(row, column, g);
        case Optimizer::momentum: return Update<Optimizer::momentum>{rule, w, m, v, ld}(row, column, g);
        case Optimizer::nesterov: return Update<Optimizer::nesterov>{rule, w, m, v, ld}(row, column, g);
        case Optimizer::rmsprop: return Update<Optimizer::rmsprop>{rule, w, m, v, ld}(row, column, g);
        case Optimizer::adam: return Update<Optimizer::adam>{rule, w, m, v, ld}(row, column, g);
        case Optimizer::adamw: return Update<Optimizer::adamw>{rule, w, m, v, ld}(row, column, g);
        }
    }
};

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
