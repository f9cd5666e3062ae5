#pragma once
/// The CPU's block: one thread, one vector register of lanes.

#include "caviar/mlp/block.h"
#include "host/cpu/gemm.h"
#include "host/cpu/transpose.h"

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

/// A pack of rows that one lane each has whole: outputs transposed, so that no sum or maximum runs across lanes.
struct WholeRows {
    Lanes target;
    float* columns;
    int64_t room;
    int32_t end;
    static constexpr int32_t first = 0, step = 1;

    CAVIAR_INLINE Lanes load(int32_t c) const { return Lanes::load(columns + c * room); }
    CAVIAR_INLINE void store(int32_t c, Lanes x) const { x.store(columns + c * room); }
    static CAVIAR_INLINE Lanes largest(Lanes x) { return x; }
    static CAVIAR_INLINE Lanes total(Lanes x) { return x; }
};

class CpuBlock {
public:
    /// partial: most_rows x most_packs packs, lent for the block's life.
    explicit CpuBlock(float* partial) : partial_(partial) {}

    static constexpr int32_t rows_at_once = 64; ///< a loop over them vectorises
    static constexpr bool reads_anywhere = true;
    static constexpr bool asks_late = false;

    void sync() {}

    template <class F> CAVIAR_INLINE void for_each(int32_t n, const F& f) {
        for (int32_t i = 0; i < n; ++i) f(i);
    }

    template <class F> CAVIAR_INLINE float sum_rows(const LossView& v, const F& f) {
        using P = Lanes;
        transpose(v.width, v.rows, v.outputs, v.ld, v.columns, v.room);
        P total = P::all(0.0f);
        for (int32_t first = 0; first < v.rows; first += P::lanes) {
            const P loss = f(WholeRows{P::load(v.targets + first), v.columns + first, v.room, v.width});
            total = total + where_less(P::iota(static_cast<float>(first)), P::all(static_cast<float>(v.rows)), loss, P::all(0.0f));
        }
        if (v.gradient) transpose(v.rows, v.width, v.columns, v.room, v.outputs, v.ld);
        return add_lanes(total);
    }

    void gather(int32_t rows, int32_t columns, const uint32_t* order, const float* in, int64_t stride, float* out, int32_t ld) {
        const int32_t whole = columns / Lanes::lanes * Lanes::lanes;
        for (int32_t r = 0; r < rows; ++r) {
            const float* from = in + (order ? order[r] : static_cast<uint32_t>(r)) * stride;
            float* to = out + int64_t{r} * ld;
            for (int32_t c = 0; c < whole; c += Lanes::lanes) Lanes::load(from + c).store(to + c);
            for (int32_t c = whole; c < columns; ++c) to[c] = from[c];
        }
    }

    void transpose(int32_t rows, int32_t columns, const float* in, int32_t ld_in, float* out, int32_t ld_out) {
        transpose_matrix(rows, columns, in, ld_in, out, ld_out);
    }

    template <class E> void column_sums(int32_t rows, int32_t columns, const float* in, int32_t ld, const E& epilogue) {
        constexpr int32_t W = Lanes::lanes;
        int32_t c = 0;
        for (; c + 3 * W < columns; c += 4 * W) sums<4>(rows, in + c, ld, c, epilogue);
        for (; c < columns; c += W) sums<1>(rows, in + c, ld, c, epilogue);
    }

    template <bool Transposed, class E>
    void gemm(int32_t rows, int32_t columns, int32_t depth, const float* a, int32_t lda, const float* b, int32_t ldb, const float* init,
              int32_t ld_init, const E& epilogue) {
        mlp::gemm<Transposed>(rows, columns, depth, {a, b, init, lda, ldb, ld_init, depth}, epilogue, partial_);
    }

private:
    /// N packs of columns; two rows at a time hide the latency of the additions.
    template <int N, class E> static void sums(int32_t rows, const float* in, int32_t ld, int32_t column, const E& epilogue) {
        Lanes even[N], odd[N];
        CAVIAR_UNROLL
        for (int n = 0; n < N; ++n) even[n] = odd[n] = Lanes::all(0.0f);
        int32_t r = 0;
        for (; r + 1 < rows; r += 2) {
            CAVIAR_UNROLL
            for (int n = 0; n < N; ++n) {
                even[n] = even[n] + Lanes::load(in + n * Lanes::lanes);
                odd[n] = odd[n] + Lanes::load(in + ld + n * Lanes::lanes);
            }
            in += 2 * int64_t{ld};
        }
        if (r < rows) {
            CAVIAR_UNROLL
            for (int n = 0; n < N; ++n) even[n] = even[n] + Lanes::load(in + n * Lanes::lanes);
        }
        CAVIAR_UNROLL
        for (int n = 0; n < N; ++n) epilogue(0, column + n * Lanes::lanes, even[n] + odd[n]);
    }

    float* partial_;
};

static_assert(Block<CpuBlock>);

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
