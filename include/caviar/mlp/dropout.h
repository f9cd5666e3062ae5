#pragma once
/// Which hidden units a step drops (Srivastava et al. 2014), scaled at training time so that prediction needs no change
/// ("inverted" dropout). A function of (study seed, trial seed, step, layer, row, unit) alone.
/// One Philox block decides eight rows of one unit, 16 bits each: a loop over units then needs no shuffling between lanes.

#include "caviar/mlp/philox.h"

#include <cstdint>

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

struct Dropout {
    static constexpr uint32_t rows = 8; ///< decided by one block
    Key key;
    uint32_t threshold; ///< a unit is dropped where its 16 bits are below; 0: nothing is
    float scale;        ///< of what is kept
};

/// The rate is rounded to a multiple of 2^-16 (and kept below 1); the scale is one over the share really kept.
CAVIAR_HD inline Dropout make_dropout(uint64_t study_seed, uint64_t trial_seed, float rate) {
    uint32_t threshold = static_cast<uint32_t>(add(mul(rate, 65536.0f), 0.5f));
    if (threshold > 65535u) threshold = 65535u;
    return {make_key(study_seed, trial_seed, Purpose::dropout), threshold, div(65536.0f, static_cast<float>(65536u - threshold))};
}

/// The eight decisions of one unit: those of row 8 * row_group + 2 i in the low half of word i, of the next row in its high half.
/// step counts minibatches from 0 over the whole training (below 2^52), layer the hidden layers from 0 (below 2^12).
CAVIAR_HD inline Block4 dropout_bits(const Dropout& d, uint64_t step, uint32_t layer, uint32_t row_group, uint32_t unit) {
    return philox({{unit, row_group, static_cast<uint32_t>(step), static_cast<uint32_t>(step >> 32) | layer << 20}}, d.key);
}

/// What to multiply the unit's activation, and later its gradient, by: 0 where it is dropped, else `scale`. `row` counts within the minibatch.
CAVIAR_HD inline float dropout_factor(const Dropout& d, uint64_t step, uint32_t layer, uint32_t row, uint32_t unit) {
    const Block4 bits = dropout_bits(d, step, layer, row / Dropout::rows, unit);
    const uint32_t word = bits.word[row % Dropout::rows / 2];
    return (row % 2 == 0 ? word & 0xffffu : word >> 16) < d.threshold ? 0.0f : d.scale;
}

/// The factors of eight rows: factor[j * stride + unit] is that of row 8 * row_group + j; stride >= units, in floats.
CAVIAR_HD inline void dropout_factors(const Dropout& d, uint64_t step, uint32_t layer, uint32_t row_group, uint32_t units, float* factor,
                            int64_t stride) {
    constexpr uint32_t together = 16; // words of so many units first: a loop without stores to memory that others may see vectorises
    const Dropout local = d;
    for (uint32_t first = 0; first < units; first += together) {
        uint32_t words[4][together];
        for (uint32_t k = 0; k < together; ++k) {
            const Block4 bits = dropout_bits(local, step, layer, row_group, first + k);
            for (int i = 0; i < 4; ++i) words[i][k] = bits.word[i];
        }
        const uint32_t here = units - first < together ? units - first : together;
        for (int i = 0; i < 4; ++i) {
            float *low = factor + (2 * i) * stride + first, *high = low + stride;
            for (uint32_t k = 0; k < here; ++k) low[k] = (words[i][k] & 0xffffu) < local.threshold ? 0.0f : local.scale;
            for (uint32_t k = 0; k < here; ++k) high[k] = (words[i][k] >> 16) < local.threshold ? 0.0f : local.scale;
        }
    }
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
