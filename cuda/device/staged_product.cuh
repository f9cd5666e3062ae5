#pragma once
/// Products of operands in device memory: slabs of both, `slab` deep, go through shared memory, the next one copied while the present
/// one is multiplied. Sums over k run in order, as in product.cuh, so both give the same bits.

#include "cuda/device/product.cuh"

namespace caviar::cuda {

/// The team's warps over a tile of C: `down` by `across` of them.
struct WarpGrid {
    int32_t down, across;
};

/// Wide where C is, and not taller than C or `most` rows of a warp's `height` each need: the other warps only copy.
__device__ inline WarpGrid warp_grid(int32_t rows, int32_t columns, int32_t warps, int32_t height, int32_t width) {
    WarpGrid g{warps, 1};
    while (width * g.across < columns && width * g.across < most_staged_columns && g.down > 1) {
        g.across *= 2;
        g.down /= 2;
    }
    while (g.down > 1 && (g.down * height > most_staged_rows || g.down / 2 * height >= rows)) g.down /= 2;
    return g;
}

/// Copies rows x quads (of four floats) asynchronously.
__device__ inline void stage_rows(const Team& team, int32_t rows, int32_t quads, const float* in, int32_t ld, float* out, int32_t ld_out) {
    const int32_t across = quads < 4 ? 1 : quads < 8 ? 4 : 8;
    for (int32_t r = team.lane / across; r < rows; r += team.lanes / across)
        for (int32_t q = team.lane % across; q < quads; q += across) cp_async_16(out + r * ld_out + 4 * q, in + int64_t{r} * ld + 4 * q);
}

template <class Tile, bool Transposed, class V, class E>
__device__ __forceinline__ void run_staged(const Team& team, int32_t wide, V variant, const Operands& o, float* stage, const E& epilogue) {
    const int32_t tile_height = 1 << Tile::height_log2(wide), tile_width = 1 << Tile::width_log2(wide);
    const WarpGrid grid = warp_grid(o.rows, o.columns, team.warps(), tile_height, tile_width);
    const int32_t height = grid.down * tile_height, width = grid.across * tile_width;
    const int32_t lda = Transposed ? row_length(height) : row_length(slab), ldb = row_length(width);
    const int32_t a_size = Transposed ? slab * lda : height * lda, b_size = slab * ldb;
    float *const a_slab = stage, *const b_slab = stage + 2 * a_size;
    const int32_t down = team.warp_index() / grid.across, across = team.warp_index() % grid.across;
    const int32_t slabs = divide_up(o.depth, slab);

    for (int32_t top = 0; top < o.rows; top += height)
        for (int32_t left = 0; left < o.columns; left += width) {
            const int32_t rows = o.rows - top < height ? o.rows - top : height, columns = o.columns - left < width ? o.columns - left : width;
            const auto copy = [&](int32_t s) {
                const int32_t k = s * slab, depth = o.depth - k < slab ? o.depth - k : slab;
                if constexpr (Transposed)
                    stage_rows(team, depth, divide_up(rows, 4), o.a + int64_t{k} * o.lda + top, o.lda, a_slab + s % 2 * a_size, lda);
                else
                    stage_rows(team, rows, divide_up(depth, 4), o.a + int64_t{top} * o.lda + k, o.lda, a_slab + s % 2 * a_size, lda);
                stage_rows(team, depth, divide_up(columns, 4), o.b + int64_t{k} * o.ldb + left, o.ldb, b_slab + s % 2 * b_size, ldb);
                cp_async_commit();
            };
            Tile tile(team.lane_in_warp(), variant, down * tile_height, across * tile_width, rows, columns);
            const bool works = down < grid.down && tile.inside();
            tile.start(o.init && works ? o.init + int64_t{top} * o.ld_init + left : nullptr, o.ld_init);
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
                if (works) tile.template run<true>(a_slab + s % 2 * a_size, lda, b_slab + s % 2 * b_size, ldb, depth);
                team.sync(); // nobody reads slab s any more: slab s + 2 may be copied over it
            }
            if (works) tile.finish(epilogue, top, left);
        }
}

/// On the fp32 units: lanes of 8 x 4 where there are rows for all warps, else of 2 x 4.
template <bool Transposed, class E> __device__ __forceinline__ void staged_product(const Team& team, const Operands& o, float* stage, const E& epilogue) {
    if (o.rows > 64)
        run_staged<FmaTile<8, Transposed>, Transposed>(team, 3, 3, o, as_shared(stage), epilogue);
    else
        run_staged<FmaTile<2, Transposed>, Transposed>(team, 3, 3, o, as_shared(stage), epilogue);
}

/// On the matrix units.
template <bool Transposed, class E>
__device__ __forceinline__ void staged_matrix_product(const Team& team, Precision precision, const Operands& o, float* stage, const E& epilogue) {
    if (o.rows > 64)
        run_staged<MmaTile<2, 4, Transposed>, Transposed>(team, 0, precision, o, as_shared(stage), epilogue);
    else
        run_staged<MmaTile<1, 2, Transposed>, Transposed>(team, 0, precision, o, as_shared(stage), epilogue);
}

} // namespace caviar::cuda
