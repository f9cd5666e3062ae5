#pragma once
/// Matrix products by register tiles: each lane keeps Rows x 4 of C in registers while k runs. The sums over k run in order whatever
/// the tile, so a result depends on the operands alone.
///
/// A warp covers `wide` quads of columns by warp / wide lanes' rows. Operands lie in rows of an odd multiple of four floats: lanes
/// that read neighbouring rows, or neighbouring quads of one row, 16 bytes each, meet different banks.

#include "caviar/mlp/block.h"
#include "cuda/device/team.cuh"

namespace caviar::cuda {

using mlp::Lanes;

/// The same pointer, known to be to shared memory: the compiler then uses the faster instructions for it.
template <class T> __device__ __forceinline__ T* as_shared(T* p) {
#if defined(__CUDA_ARCH__)
    const uint32_t offset = static_cast<uint32_t>(__cvta_generic_to_shared(p)) - static_cast<uint32_t>(__cvta_generic_to_shared(shared_memory()));
    return reinterpret_cast<T*>(shared_memory() + offset);
#else
    return p;
#endif
}

struct Operands {
    const float *a, *b, *init; ///< init nullptr: zero
    int32_t lda, ldb, ld_init;
    int32_t rows, columns, depth;
};

/// How a product is dealt out to warps: as tiles of a whole warp.
struct WarpTiles {
    int32_t rows;     ///< of C in a lane's tile: 8, 4, 2 or 1
    int32_t wide;     ///< lanes side by side: 1, 2, 4 or 8
    int32_t across;   ///< warp tiles side by side
    int32_t count;    ///< warp tiles in all
};

__device__ inline int32_t divide_up(int32_t a, int32_t b) { return (a + b - 1) / b; }

/// The tile height that takes the fewest issue slots: fused multiply-adds 16 a row and four k, 16-byte loads one a row and four.
__device__ inline WarpTiles deal_out(int32_t rows, int32_t columns, int32_t warps) {
    const int32_t quads = divide_up(columns, 4);
    WarpTiles best{};
    best.wide = quads > 4 ? 8 : quads > 2 ? 4 : quads;
    best.across = divide_up(quads, best.wide);
    const int32_t tall = warp / best.wide;
    int32_t least = 0x7fffffff;
    for (int32_t height = 8; height > 0; height /= 2) {
        const int32_t count = best.across * divide_up(rows, height * tall);
        const int32_t cost = divide_up(count, warps) * (16 * height + 2 * (height + 4));
        if (cost < least) {
            least = cost;
            best.rows = height;
            best.count = count;
        }
    }
    return best;
}

/// One lane's tile. Not transposed, its rows are `step` apart; transposed, four neighbours are read as 16 bytes, and fours are
/// 4 * step apart.
template <int Rows, bool Transposed> __device__ __forceinline__ int32_t tile_row(int32_t first, int32_t i, int32_t step) {
    if constexpr (!Transposed) return first + i * step;
    return first + (i / 4) * 4 * step + i % 4;
}

template <int Rows> __device__ __forceinline__ void multiply_add(float (&c)[Rows][4], const float (&a)[Rows], const Lanes& b) {
    CAVIAR_UNROLL
    for (int i = 0; i < Rows; ++i) {
        CAVIAR_UNROLL
        for (int j = 0; j < 4; ++j) c[i][j] = __fmaf_rn(a[i], b.v[j], c[i][j]);
    }
}

/// c += A B with A's rows as they lie: four k at a time, so that A too is read 16 bytes at once.
template <int Rows> __device__ __forceinline__ void run_rows(const Operands& o, const int32_t (&row)[Rows], int32_t column, float (&c)[Rows][4]) {
    const float* a[Rows];
    CAVIAR_UNROLL
    for (int i = 0; i < Rows; ++i) a[i] = o.a + row[i] * o.lda;
    const float* b = o.b + column;
    const int32_t ldb = o.ldb, depth = o.depth;
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
            multiply_add(c, column_of_a, across[q]);
        }
        b += 4 * ldb;
    }
    for (; k < depth; ++k) {
        float column_of_a[Rows];
        CAVIAR_UNROLL
        for (int i = 0; i < Rows; ++i) column_of_a[i] = a[i][k];
        multiply_add(c, column_of_a, Lanes::load(b));
        b += ldb;
    }
}

/// c += A^T B, A stored depth x rows.
template <int Rows>
__device__ __forceinline__ void run_columns(const Operands& o, int32_t first, int32_t step, int32_t column, float (&c)[Rows][4]) {
    const float *a = o.a + first, *b = o.b + column;
    const int32_t lda = o.lda, ldb = o.ldb;
    const int32_t second = first + 4 * step < o.rows ? 4 * step : 0; // beside the matrix: computed for nothing
#pragma unroll 4
    for (int32_t k = 0; k < o.depth; ++k) {
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
        multiply_add(c, along, Lanes::load(b));
        a += lda;
        b += ldb;
    }
}

/// All warp tiles of this height.
template <int Rows, bool Transposed, class E>
__device__ __forceinline__ void run_tiles(const Team& team, const WarpTiles& tiles, const Operands& o, const E& epilogue) {
    const int32_t step = warp / tiles.wide, lane = team.lane_in_warp();
    const int32_t across = lane % tiles.wide, down = lane / tiles.wide;
    for (int32_t t = team.warp_index(); t < tiles.count; t += team.warps()) {
        const int32_t column = 4 * (t % tiles.across * tiles.wide + across);
        // Rows below four are read one by one: neighbours there too, for the transposed A.
        const int32_t base = t / tiles.across * step * Rows;
        const int32_t first = base + down * (Transposed ? (Rows < 4 ? Rows : 4) : 1);
        if (column >= o.columns || first >= o.rows) continue;
        int32_t row[Rows];
        float c[Rows][4];
        CAVIAR_UNROLL
        for (int i = 0; i < Rows; ++i) {
            row[i] = tile_row<Rows, Transposed>(first, i, step);
            const int32_t inside = row[i] < o.rows ? row[i] : o.rows - 1; // what lies outside is computed for nothing
            const Lanes start = o.init ? Lanes::load(o.init + int64_t{inside} * o.ld_init + column) : Lanes::all(0.0f);
            CAVIAR_UNROLL
            for (int j = 0; j < 4; ++j) c[i][j] = start.v[j];
        }
        if constexpr (Transposed) {
            run_columns<Rows>(o, first, step, column, c);
        } else {
            int32_t inside[Rows];
            CAVIAR_UNROLL
            for (int i = 0; i < Rows; ++i) inside[i] = row[i] < o.rows ? row[i] : o.rows - 1;
            run_rows<Rows>(o, inside, column, c);
        }
        CAVIAR_UNROLL
        for (int i = 0; i < Rows; ++i)
            if (row[i] < o.rows) epilogue(row[i], column, Lanes{{c[i][0], c[i][1], c[i][2], c[i][3]}});
    }
}

template <bool Transposed, class E> __device__ __forceinline__ void product(const Team& team, const Operands& o, const E& epilogue) {
    const WarpTiles tiles = deal_out(o.rows, o.columns, team.warps());
    switch (tiles.rows) {
    case 8: return run_tiles<8, Transposed>(team, tiles, o, epilogue);
    case 4: return run_tiles<4, Transposed>(team, tiles, o, epilogue);
    case 2: return run_tiles<2, Transposed>(team, tiles, o, epilogue);
    default: return run_tiles<1, Transposed>(team, tiles, o, epilogue);
    }
}

} // namespace caviar::cuda
