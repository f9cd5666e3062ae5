#pragma once
/// A warp's tile of C on the fp32 units: each lane keeps Rows x 4 of it in registers. 2^wide lanes (1, 2, 4 or 8) stand side by side.
/// Sums over k run in order, whatever the tile: a result depends on the operands alone.
///
/// Operands lie in rows of an odd multiple of four floats, so lanes that read neighbouring rows, or neighbouring quads of a row, 16
/// bytes each, meet different banks. A lane's rows are therefore interleaved with the other lanes': not transposed, one by one;
/// transposed, where four neighbours are 16 bytes, by fours.

#include "cuda/device/operands.cuh"

namespace caviar::cuda {

template <int Rows, bool Transposed> class FmaTile {
public:
    static constexpr bool whole_warp = false;
    __device__ static int32_t height_log2(int32_t wide) { return warp_log2 - wide + log2_of(Rows); }
    __device__ static int32_t width_log2(int32_t wide) { return 2 + wide; }

    /// The tile at (top, left) of a matrix of so many rows and columns.
    __device__ FmaTile(int32_t lane, int32_t wide, int32_t top, int32_t left, int32_t rows, int32_t columns)
        : step_(warp >> wide), rows_(rows), first_(top + (lane >> wide) * together), column_(left + 4 * (lane & ((1 << wide) - 1))),
          inside_(first_ < rows && column_ < columns) {}

    /// Some of the lane's part lies inside the matrix.
    __device__ bool inside() const { return inside_; }

    /// Reads its own places alone: `init` may be what the epilogue writes.
    __device__ __forceinline__ void start(const float* init, int32_t ld) {
        CAVIAR_UNROLL
        for (int i = 0; i < Rows; ++i) {
            const Lanes from = init && inside_ && row(i) < rows_ ? Lanes::load(init + int64_t{row(i)} * ld + column_) : Lanes::all(0.0f);
            CAVIAR_UNROLL
            for (int j = 0; j < 4; ++j) c_[i][j] = from.v[j];
        }
    }

    /// Roomy: where A lies there is room for whole tiles, so that rows past its last can be read.
    template <bool Roomy = false> __device__ __forceinline__ void run(const float* a, int32_t lda, const float* b, int32_t ldb, int32_t depth) {
        if constexpr (Transposed)
            run_columns(a + first_, lda, b + column_, ldb, depth);
        else
            run_rows<Roomy>(a, lda, b + column_, ldb, depth);
    }

    /// Hands the sums to the epilogue, (down, across) away from where the tile stands.
    template <class E> __device__ __forceinline__ void finish(const E& epilogue, int32_t down = 0, int32_t across = 0) const {
        if (!inside_) return;
        const E own = epilogue; // a lane's own: else its members would be read again behind everything that it stores
        CAVIAR_UNROLL
        for (int i = 0; i < Rows; ++i)
            if (row(i) < rows_) own(down + row(i), across + column_, Lanes{{c_[i][0], c_[i][1], c_[i][2], c_[i][3]}});
    }

private:
    static constexpr int32_t together = !Transposed ? 1 : Rows < 4 ? Rows : 4; ///< rows of a lane that are neighbours

    __device__ __forceinline__ int32_t row(int i) const { return first_ + i / together * together * step_ + i % together; }
    /// What lies outside is computed for nothing, from the last row.
    __device__ __forceinline__ int32_t row_inside(int i) const { return row(i) < rows_ ? row(i) : rows_ - 1; }

    __device__ __forceinline__ void multiply_add(const float (&a)[Rows], const Lanes& b) {
        CAVIAR_UNROLL
        for (int i = 0; i < Rows; ++i) {
            CAVIAR_UNROLL
            for (int j = 0; j < 4; ++j) c_[i][j] = __fmaf_rn(a[i], b.v[j], c_[i][j]);
        }
    }

    /// A's rows as they lie: four k at a time, so that A too is read 16 bytes at once.
    template <bool Roomy> __device__ __forceinline__ void run_rows(const float* in, int32_t lda, const float* b, int32_t ldb, int32_t depth) {
        const float* a[Rows];
        CAVIAR_UNROLL
        for (int i = 0; i < Rows; ++i) a[i] = in + (Roomy ? row(i) : row_inside(i)) * lda;
        int32_t k = 0;
        for (; k + 3 < depth; k += 4) {
            Lanes along[Rows], across[4];
            CAVIAR_UNROLL
            for (int i = 0; i < Rows; ++i) along[i] = Lanes::load(a[i] + k);
            CAVIAR_UNROLL
            for (int q = 0; q < 4; ++q) across[q] = Lanes::load(b + q * ldb);
            CAVIAR_UNROLL
            for (int q = 0; q < 4; ++q) {
                float column_of_a[Rows];
                CAVIAR_UNROLL
                for (int i = 0; i < Rows; ++i) column_of_a[i] = along[i].v[q];
                multiply_add(column_of_a, across[q]);
            }
            b += 4 * ldb;
        }
#pragma unroll 1
        for (; k < depth; ++k) { // three at most
            float column_of_a[Rows];
            CAVIAR_UNROLL
            for (int i = 0; i < Rows; ++i) column_of_a[i] = a[i][k];
            multiply_add(column_of_a, Lanes::load(b));
            b += ldb;
        }
    }

    __device__ __forceinline__ void run_columns(const float* a, int32_t lda, const float* b, int32_t ldb, int32_t depth) {
        const int32_t second = first_ + 4 * step_ < rows_ ? 4 * step_ : 0; // beside the matrix: computed for nothing
#pragma unroll 4
        for (int32_t k = 0; k < depth; ++k) {
            float along[Rows];
            if constexpr (Rows >= 4) {
                CAVIAR_UNROLL
                for (int i = 0; i < Rows; i += 4) {
                    const Lanes four = Lanes::load(a + (i > 0 ? second : 0));
                    CAVIAR_UNROLL
                    for (int j = 0; j < 4; ++j) along[i + j] = four.v[j];
                }
            } else {
                CAVIAR_UNROLL
                for (int i = 0; i < Rows; ++i) along[i] = a[i];
            }
            multiply_add(along, Lanes::load(b));
            a += lda;
            b += ldb;
        }
    }

    int32_t step_, rows_, first_, column_;
    bool inside_;
    float c_[Rows][4];
};

} // namespace caviar::cuda
