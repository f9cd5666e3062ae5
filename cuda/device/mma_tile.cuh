#pragma once
/// A warp's tile of C on the matrix units: Down x Across fragments of 16 x 8. Operands are fp32 in memory and rounded as they are read:
/// tf32 (10 bits after the point) or bf16 (7); tf32x3 splits each into two tf32 and adds three products, the small ones first, which is
/// about as exact as fp32. Sums are fp32. Fragment layouts: see intrinsics.cuh.

#include "cuda/device/operands.cuh"

namespace caviar::cuda {

template <int Down, int Across, bool Transposed> class MmaTile {
public:
    static constexpr bool whole_warp = true; ///< all lanes take part, those outside the matrix too
    __device__ static int32_t height_log2(int32_t) { return log2_of(16 * Down); }
    __device__ static int32_t width_log2(int32_t) { return log2_of(8 * Across); }

    __device__ MmaTile(int32_t lane, Precision precision, int32_t top, int32_t left, int32_t rows, int32_t columns)
        : group_(lane / 4), thread_(lane % 4), top_(top), left_(left), rows_(rows), columns_(columns), precision_(precision) {}

    __device__ bool inside() const { return top_ < rows_ && left_ < columns_; }

    __device__ __forceinline__ void start(const float* init, int32_t ld) {
        for_each_place([&](int d, int a, int i, int32_t row, int32_t column) {
            c_[d][a][i] = init && row < rows_ && column < columns_ ? init[int64_t{row} * ld + column] : 0.0f;
        });
        if (init) warp_barrier(~0u); // the epilogue may write what was read, by other lanes
    }

    template <bool = false> __device__ __forceinline__ void run(const float* a, int32_t lda, const float* b, int32_t ldb, int32_t depth) {
        const Parts p = parts(a, lda, b, ldb, depth);
        int32_t k = 0;
        if (precision_ == Precision::bf16) {
            for (; k + 15 < depth; k += 16) bf16_step<true>(p, k);
            if (k < depth) bf16_step<false>(p, k);
        } else if (precision_ == Precision::tf32) {
            for (; k + 7 < depth; k += 8) tf32_step<false, true>(p, k);
            if (k < depth) tf32_step<false, false>(p, k);
        } else {
            for (; k + 7 < depth; k += 8) tf32_step<true, true>(p, k);
            if (k < depth) tf32_step<true, false>(p, k);
        }
    }

    /// Lanes 2j and 2j + 1 of a group hold neighbouring pairs of columns of two rows: one takes four columns of the upper row, the other of
    /// the lower.
    template <class E> __device__ __forceinline__ void finish(const E& epilogue, int32_t down = 0, int32_t across = 0) const {
        const E own = epilogue; // a lane's own: else its members would be read again behind everything that it stores
        const bool odd = thread_ % 2;
        CAVIAR_UNROLL
        for (int d = 0; d < Down; ++d) {
            CAVIAR_UNROLL
            for (int a = 0; a < Across; ++a) {
                const float(&c)[4] = c_[d][a];
                const float first = __shfl_xor_sync(0xffffffffu, odd ? c[0] : c[2], 1), second = __shfl_xor_sync(0xffffffffu, odd ? c[1] : c[3], 1);
                const int32_t row = top_ + 16 * d + group_ + (odd ? 8 : 0), column = left_ + 8 * a + 4 * (thread_ / 2);
                const Lanes four = odd ? Lanes{{first, second, c[2], c[3]}} : Lanes{{c[0], c[1], first, second}};
                if (row < rows_ && column < columns_) own(down + row, across + column, four);
            }
        }
    }

private:
    template <class F> __device__ __forceinline__ void for_each_place(const F& f) const {
        CAVIAR_UNROLL
        for (int d = 0; d < Down; ++d) {
            CAVIAR_UNROLL
            for (int a = 0; a < Across; ++a) {
                CAVIAR_UNROLL
                for (int i = 0; i < 4; ++i) f(d, a, i, top_ + 16 * d + group_ + i / 2 * 8, left_ + 8 * a + 2 * thread_ + i % 2);
            }
        }
    }

    /// What a lane reads: rows group_ and group_ + 8 of each fragment of A, column group_ of each of B.
    struct Parts {
        const float *a[2 * Down], *b;
        int32_t lda, ldb, depth;
    };

    /// Rows outside the matrix are computed for nothing, from its last one.
    __device__ __forceinline__ Parts parts(const float* a, int32_t lda, const float* b, int32_t ldb, int32_t depth) const {
        Parts p{{}, b + left_ + group_, lda, ldb, depth};
        CAVIAR_UNROLL
        for (int i = 0; i < 2 * Down; ++i) {
            const int32_t row = top_ + 8 * i + group_, inside = row < rows_ ? row : rows_ - 1;
            p.a[i] = a + (Transposed ? inside : inside * lda);
        }
        return p;
    }

    /// Past the depth all is zero (Whole: nothing is past it), and so are columns outside: those that pad a row are written, and a
    /// parameter's padding stays zero (mlp/layout.h).
    template <bool Whole> __device__ __forceinline__ float a_at(const Parts& p, int i, int32_t k) const {
        return Whole || k < p.depth ? p.a[i][Transposed ? k * p.lda : k] : 0.0f;
    }
    template <bool Whole> __device__ __forceinline__ float b_at(const Parts& p, int n, int32_t k) const {
        return left_ + 8 * n + group_ < columns_ && (Whole || k < p.depth) ? p.b[k * p.ldb + 8 * n] : 0.0f;
    }

    template <bool Split, bool Whole> __device__ __forceinline__ void tf32_step(const Parts& p, int32_t k) {
        uint32_t high_b[Across][2], low_b[Across][2];
        CAVIAR_UNROLL
        for (int n = 0; n < Across; ++n) {
            CAVIAR_UNROLL
            for (int i = 0; i < 2; ++i) {
                const float x = b_at<Whole>(p, n, k + thread_ + 4 * i);
                high_b[n][i] = to_tf32(x);
                if constexpr (Split) low_b[n][i] = to_tf32(x - __uint_as_float(high_b[n][i]));
            }
        }
        CAVIAR_UNROLL
        for (int d = 0; d < Down; ++d) {
            uint32_t high_a[4], low_a[4];
            CAVIAR_UNROLL
            for (int i = 0; i < 4; ++i) {
                const float x = a_at<Whole>(p, 2 * d + i % 2, k + thread_ + i / 2 * 4);
                high_a[i] = to_tf32(x);
                if constexpr (Split) low_a[i] = to_tf32(x - __uint_as_float(high_a[i]));
            }
            CAVIAR_UNROLL
            for (int n = 0; n < Across; ++n) {
                if constexpr (Split) {
                    mma_m16n8k8_tf32(c_[d][n], low_a, high_b[n]);
                    mma_m16n8k8_tf32(c_[d][n], high_a, low_b[n]);
                }
                mma_m16n8k8_tf32(c_[d][n], high_a, high_b[n]);
            }
        }
    }

    template <bool Whole> __device__ __forceinline__ void bf16_step(const Parts& p, int32_t k) {
        uint32_t pair_b[Across][2];
        CAVIAR_UNROLL
        for (int n = 0; n < Across; ++n) {
            CAVIAR_UNROLL
            for (int i = 0; i < 2; ++i) {
                const int32_t at = k + 2 * thread_ + 8 * i;
                pair_b[n][i] = pack_bf16x2(b_at<Whole>(p, n, at), b_at<Whole>(p, n, at + 1));
            }
        }
        CAVIAR_UNROLL
        for (int d = 0; d < Down; ++d) {
            uint32_t pair_a[4];
            CAVIAR_UNROLL
            for (int i = 0; i < 4; ++i) {
                const int32_t at = k + 2 * thread_ + i / 2 * 8;
                pair_a[i] = pack_bf16x2(a_at<Whole>(p, 2 * d + i % 2, at), a_at<Whole>(p, 2 * d + i % 2, at + 1));
            }
            CAVIAR_UNROLL
            for (int n = 0; n < Across; ++n) mma_m16n8k16_bf16(c_[d][n], pair_a, pair_b[n]);
        }
    }

    int32_t group_, thread_, top_, left_, rows_, columns_;
    Precision precision_;
    float c_[Down][Across][4];
};

} // namespace caviar::cuda
