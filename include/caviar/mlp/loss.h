#pragma once
/// The losses and their gradients by the raw outputs.

#include "caviar/metric.h"
#include "caviar/mlp/block.h"
#include "caviar/mlp/functions.h"

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

/// What a loss reads and writes. `outputs`: rows x ld, and where `gradient` is set the loss's derivative replaces them, times
/// `scale` (one over the rows of the minibatch), with zeros in the padding. `columns`: width x room floats of scratch, for the outputs
/// transposed: lanes then hold rows, and no sum or maximum runs across lanes. room and the room of `targets` are whole packs.
struct LossView {
    float* outputs;
    const float* targets;
    float* columns;
    int32_t rows, width, ld, room;
    float scale;
    bool gradient;
};

/// f(first row, the first output of these rows) -> the loss of a pack of rows; leaves their derivatives in place of the outputs.
template <Block B, class F> CAVIAR_HD float sum_rows(B& block, const LossView& v, const F& f) {
    using P = Lanes;
    block.transpose(v.width, v.rows, v.outputs, v.ld, v.columns, v.room);
    block.sync();
    const float total = block.sum((v.rows + P::lanes - 1) / P::lanes, [&](int32_t i) {
        const int32_t first = i * P::lanes;
        const P loss = f(P::load(v.targets + first), v.columns + first);
        return where_less(P::iota(static_cast<float>(first)), P::all(static_cast<float>(v.rows)), loss, P::all(0.0f));
    });
    if (v.gradient) block.transpose(v.rows, v.width, v.columns, v.room, v.outputs, v.ld);
    return total;
}

/// -log softmax(y)[target] = log(sum exp(y - max)) - (y[target] - max); its gradient softmax(y) - [target].
template <Block B> CAVIAR_HD float softmax_cross_entropy(B& block, const LossView& v) {
    using P = Lanes;
    const int32_t width = v.width;
    const int64_t room = v.room;
    const bool gradient = v.gradient;
    const P one = P::all(v.scale);
    return sum_rows(block, v, [=](P target, float* y) {
        P top = P::load(y);
        for (int32_t c = 1; c < width; ++c) top = max(top, P::load(y + c * room));
        P total = P::all(0.0f), wanted = top;
        for (int32_t c = 0; c < width; ++c) {
            const P z = P::load(y + c * room), e = exp(z - top);
            total = total + e;
            wanted = where_equal(target, P::all(static_cast<float>(c)), z, wanted);
            if (gradient) e.store(y + c * room);
        }
        if (gradient) {
            const P share = one / total;
            for (int32_t c = 0; c < width; ++c) {
                const P p = P::load(y + c * room) * share;
                where_equal(target, P::all(static_cast<float>(c)), p - one, p).store(y + c * room);
            }
        }
        return log(total) + (top - wanted);
    });
}

/// For losses of one output: f(y, t, gradient) over packs of rows.
template <Block B, class F> CAVIAR_HD float single_output(B& block, const LossView& v, const F& f) {
    using P = Lanes;
    return sum_rows(block, v, [&](P target, float* y) {
        P gradient = P::all(0.0f);
        const P loss = f(P::load(y), target, gradient);
        (gradient * P::all(v.scale)).store(y);
        return loss;
    });
}

/// max(y, 0) - t y + log(1 + exp(-|y|)); its gradient sigmoid(y) - t.
template <Block B> CAVIAR_HD float binary_cross_entropy(B& block, const LossView& v) {
    using P = Lanes;
    return single_output(block, v, [](P y, P t, P& gradient) {
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
    using P = Lanes;
    return single_output(block, v, [](P y, P t, P& gradient) {
        const P miss = y - t;
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
