#pragma once
/// Products of operands in device memory: slabs of both, `slab` deep, go through shared memory, the next one copied while the present
/// one is multiplied. Sums over k run in order, as in product.cuh, so both give the same bits.

#include "cuda/device/product.cuh"

namespace caviar::cuda {

inline constexpr int32_t slab = 16;

/// A tile of C for the whole team: `down` warps of 4 * rows rows by `across` warps of 32 columns.
struct StagedTile {
    int32_t rows;  ///< of a lane: 8 or 2
    int32_t down, across;
    __device__ int32_t height() const { return 4 * rows * down; }
    __device__ int32_t width() const { return 32 * across; }
};

/// Lanes of 8 x 4 where there are rows for them, else of 2 x 4; at most 256 rows, so that the slabs fit the smallest SM.
__device__ inline StagedTile staged_tile(int32_t rows, int32_t columns, int32_t warps) {
    StagedTile t{8, warps, 1};
    while (t.across < 4 && 32 * t.across < columns && t.down > 1) {
        t.across *= 2;
        t.down /= 2;
    }
    if (rows <= 16 * t.down) t.rows = 2;
    while (t.height() > 256) t.down /= 2;
    return t;
}

/// Floats of shared memory that staged products need: two slabs each of A (as rows or as columns) and B.
inline constexpr int64_t stage_floats = 2 * (int64_t{256} * row_length(slab) + slab * row_length(128)) + 2 * int64_t{slab} * 4;

/// Copies rows x quads (of four floats) asynchronously; rows beyond `inside` repeat the last, what lies beyond the quads is not touched.
__device__ inline void stage_rows(const Team& team, int32_t rows, int32_t quads, int32_t inside, const float* in, int32_t ld, float* out, int32_t ld_out) {
    const int32_t across = quads < 4 ? 1 : quads < 8 ? 4 : 8;
    for (int32_t r = team.lane / across; r < rows; r += team.lanes / across) {
        const int64_t from = r < inside ? r : inside - 1;
        for (int32_t q = team.lane % across; q < quads; q += across) cp_async_16(out + r * ld_out + 4 * q, in + from * ld + 4 * q);
    }
}

template <int Rows, bool Transposed, class E>
__device__ __forceinline__ void staged_tiles(const Team& team, const StagedTile& tile, const Operands& o, float* stage, const E& epilogue) {
    const int32_t lda = Transposed ? row_length(tile.height()) : row_length(slab), ldb = row_length(tile.width());
    float* const a_slab = stage;
    float* const b_slab = stage + 2 * (Transposed ? slab * lda : tile.height() * lda);
    const int32_t a_size = Transposed ? slab * lda : tile.height() * lda, b_size = slab * ldb;
    const int32_t lane = team.lane_in_warp(), across = team.warp_index() % tile.across, down = team.warp_index() / tile.across;
    const bool works = down < tile.down; // where rows are few, some warps only copy
    const int32_t column = 32 * across + 4 * (lane % 8);
    const int32_t first = 4 * Rows * down + lane / 8 * (Transposed ? (Rows < 4 ? Rows : 4) : 1);
    const int32_t slabs = divide_up(o.depth, slab);

    for (int32_t top = 0; top < o.rows; top += tile.height())
        for (int32_t left = 0; left < o.columns; left += tile.width()) {
            const int32_t rows = o.rows - top < tile.height() ? o.rows - top : tile.height();
            const int32_t columns = o.columns - left < tile.width() ? o.columns - left : tile.width();
            const auto copy = [&](int32_t s) {
                const int32_t k = s * slab, depth = o.depth - k < slab ? o.depth - k : slab;
                float *a = a_slab + s % 2 * a_size, *b = b_slab + s % 2 * b_size;
                if constexpr (Transposed)
                    stage_rows(team, depth, divide_up(rows, 4), depth, o.a + int64_t{k} * o.lda + top, o.lda, a, lda);
                else
                    stage_rows(team, rows, divide_up(depth, 4), rows, o.a + int64_t{top} * o.lda + k, o.lda, a, lda);
                stage_rows(team, depth, divide_up(columns, 4), depth, o.b + int64_t{k} * o.ldb + left, o.ldb, b, ldb);
                cp_async_commit();
            };
            const bool inside = works && column < columns && first < rows;
            int32_t row[Rows], clamped[Rows];
            float c[Rows][4];
            CAVIAR_UNROLL
            for (int i = 0; i < Rows; ++i) {
                row[i] = tile_row<Rows, Transposed>(first, i, 4);
                clamped[i] = row[i] < rows ? row[i] : rows - 1;
                const Lanes start = o.init && inside ? Lanes::load(o.init + int64_t{top + clamped[i]} * o.ld_init + left + column) : Lanes::all(0.0f);
                CAVIAR_UNROLL
                for (int j = 0; j < 4; ++j) c[i][j] = start.v[j];
            }
            copy(0);
            for (int32_t s = 0; s < slabs; ++s) {
                if (s + 1 < slabs) {
                    copy(s + 1);
                    cp_async_wait<1>();
                } else {
                    cp_async_wait<0>();
                }
                team.sync(); // all lanes' copies of slab s are there
                const int32_t depth = o.depth - s * slab < slab ? o.depth - s * slab : slab;
                const Operands part{a_slab + s % 2 * a_size, b_slab + s % 2 * b_size, nullptr, lda, ldb, 0, rows, columns, depth};
                if (inside) {
                    if constexpr (Transposed)
                        run_columns<Rows>(part, first, 4, column, c);
                    else
                        run_rows<Rows>(part, clamped, column, c);
                }
                team.sync(); // nobody reads slab s any more: slab s + 2 may be copied over it
            }
            if (inside) {
                CAVIAR_UNROLL
                for (int i = 0; i < Rows; ++i)
                    if (row[i] < rows) epilogue(top + row[i], left + column, Lanes{{c[i][0], c[i][1], c[i][2], c[i][3]}});
            }
        }
}

template <bool Transposed, class E> __device__ __forceinline__ void staged_product(const Team& team, const Operands& o, float* stage, const E& epilogue) {
    const StagedTile tile = staged_tile(o.rows, o.columns, team.warps());
    if (tile.rows == 8)
        staged_tiles<8, Transposed>(team, tile, o, as_shared(stage), epilogue);
    else
        staged_tiles<2, Transposed>(team, tile, o, as_shared(stage), epilogue);
}

} // namespace caviar::cuda
