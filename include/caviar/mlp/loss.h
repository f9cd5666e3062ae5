#pragma once
/// The losses and their gradients by the raw outputs.

#include "caviar/metric.h"
#include "caviar/mlp/block.h"
#include "caviar/mlp/functions.h"

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

/// -log softmax(y)[target] = log(sum exp(y - max)) - (y[target] - max); its gradient softmax(y) - [target].
template <Block B> CAVIAR_HD float softmax_cross_entropy(B& block, const LossView& v) {
    const float scale = v.scale;
    const bool gradient = v.gradient;
    return block.sum_rows(v, [=](const auto& part) {
        using P = decltype(part.load(0));
        P top = P::all(-__builtin_huge_valf());
        for (int32_t c = part.first; c < part.end; c += part.step) top = max(top, part.load(c));
        top = part.largest(top);
        P total = P::all(0.0f), wanted = P::all(0.0f);
        for (int32_t c = part.first; c < part.end; c += part.step) {
            const P z = part.load(c) - top, e = exp(z);
            total = total + e;
            wanted = where_equal(part.target, P::all(static_cast<float>(c)), z, wanted);
            if (gradient) part.store(c, e);
        }
        total = part.total(total);
        if (gradient) {
            const P one = P::all(scale), share = one / total;
            for (int32_t c = part.first; c < part.end; c += part.step) {
                const P p = part.load(c) * share;
                part.store(c, where_equal(part.target, P::all(static_cast<float>(c)), p - one, p));
            }
        }
        return log(total) - part.total(wanted);
    });
}

/// For losses of one output: f(y, t, gradient) over packs of rows.
template <Block B, class F> CAVIAR_HD float single_output(B& block, const LossView& v, const F& f) {
    return block.sum_rows(v, [&](const auto& part) {
        using P = decltype(part.load(0));
        P loss = P::all(0.0f), gradient = loss;
        for (int32_t c = part.first; c < part.end; ++c) {
            loss = f(part.load(c), part.target, gradient);
            if (v.gradient) part.store(c, gradient * P::all(v.scale));
        }
        return loss;
    });
}

/// max(y, 0) - t y + log(1 + exp(-|y|)); its gradient sigmoid(y) - t.
template <Block B> CAVIAR_HD float binary_cross_entropy(B& block, const LossView& v) {
    return single_output(block, v, [](auto y, auto t, auto& gradient) {
        using P = decltype(y);
        const P zero = P::all(0.0f), one = P::all(1.0f);
        const P e = exp(zero - abs(y)), far = one / (one + e); // sigmoid(|y|)
        gradient = where_less(y, zero, one - far, far) - t;
        // log(1 + e) loses the digits of a small e: there e - e^2/2 + e^3/3.
        const P small = fma(fma(P::all(1.0f / 3), e, P::all(-0.5f)), e * e, e);
        return fma(zero - t, y, max(zero, y)) + where_less(e, P::all(0.01f), small, log(one + e));
    });
}

/// (y - t)^2; its gradient 2 (y - t).
template <Block B> CAVIAR_HD float mean_squared_error(B& block, const LossView& v) {
    return single_output(block, v, [](auto y, auto t, auto& gradient) {
        const auto miss = y - t;
        gradient = miss + miss;
        return miss * miss;
    });
}

/// The sum of the rows' losses.
template <Block B> CAVIAR_HD float loss_and_gradient(B& block, Loss loss, const LossView& v) {
    switch (loss) {
    case Loss::softmax_cross_entropy: return softmax_cross_entropy(block, v);
    case Loss::binary_cross_entropy: return binary_cross_entropy(block, v);
    case Loss::mean_squared_error: return mean_squared_error(block, v);
    }
    return 0;
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
