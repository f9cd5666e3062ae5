#pragma once
/// The losses and their gradients by the raw outputs.

#include "caviar/metric.h"
#include "caviar/mlp/block.h"
#include "caviar/mlp/functions.h"

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

/// What a loss reads and writes. `outputs`: rows x ld, and where `gradient` is set the loss's derivative replaces them, times `scale`
/// (one over the rows of the minibatch), with zeros in the padding. `work`: 2 x `room` floats; room is whole packs.
struct LossView {
    float* outputs;
    const float* targets;
    float* work;
    int32_t rows, width, ld, room;
    float scale;
    bool gradient;
};

/// Adds up one term a row: whole packs of f(first row, pack) and a last one of which only the rows there are count.
template <Block B, class F> CAVIAR_HD float sum_rows(B& block, int32_t rows, const F& f) {
    using P = Lanes;
    return block.sum((rows + P::lanes - 1) / P::lanes, [&](int32_t i) {
        const int32_t first = i * P::lanes;
        return where_less(P::iota(static_cast<float>(first)), P::all(static_cast<float>(rows)), f(first), P::all(0.0f));
    });
}

/// -log softmax(y)[target] = log(sum exp(y - max)) - (y[target] - max); its gradient softmax(y) - [target].
template <Block B> CAVIAR_HD float softmax_cross_entropy(B& block, const LossView& v) {
    using P = Lanes;
    float *sums = v.work, *shortfalls = v.work + v.room; // sum of exp(y - max), and max - y[target], of each row
    block.for_each(v.rows, [&](int32_t r) {
        float* y = v.outputs + int64_t{r} * v.ld;
        const P width = P::all(static_cast<float>(v.width));
        P top = P::all(-3e38f);
        for (int32_t c = 0; c < v.width; c += P::lanes)
            top = max(top, where_less(P::iota(static_cast<float>(c)), width, P::load(y + c), top));
        const P peak = P::all(largest(top));
        const int32_t target = static_cast<int32_t>(v.targets[r]);
        const float wanted = y[target];
        P total = P::all(0.0f);
        for (int32_t c = 0; c < v.width; c += P::lanes) {
            const P e = where_less(P::iota(static_cast<float>(c)), width, exp(P::load(y + c) - peak), P::all(0.0f));
            total = total + e;
            if (v.gradient) e.store(y + c);
        }
        const float s = add_lanes(total);
        sums[r] = s;
        shortfalls[r] = largest(peak) - wanted;
        if (!v.gradient) return;
        const P share = P::all(v.scale / s), one = P::all(v.scale), hit = P::all(v.targets[r]);
        for (int32_t c = 0; c < v.width; c += P::lanes) {
            const P p = P::load(y + c) * share;
            where_equal(P::iota(static_cast<float>(c)), hit, p - one, p).store(y + c);
        }
    });
    block.sync();
    return sum_rows(block, v.rows, [&](int32_t first) { return log(P::load(sums + first)) + P::load(shortfalls + first); });
}

/// For losses of one output: f(y, t, gradient) over packs of rows.
template <Block B, class F> CAVIAR_HD float single_output(B& block, const LossView& v, const F& f) {
    using P = Lanes;
    float *y = v.work, *slope = v.work + v.room;
    block.for_each(v.rows, [&](int32_t r) { y[r] = v.outputs[int64_t{r} * v.ld]; });
    block.sync();
    const float total = sum_rows(block, v.rows, [&](int32_t first) {
        P gradient = P::all(0.0f);
        const P loss = f(P::load(y + first), P::load(v.targets + first), gradient);
        (gradient * P::all(v.scale)).store(slope + first);
        return loss;
    });
    block.sync();
    if (v.gradient) block.for_each(v.rows, [&](int32_t r) { v.outputs[int64_t{r} * v.ld] = slope[r]; });
    return total;
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
