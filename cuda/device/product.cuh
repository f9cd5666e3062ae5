#pragma once
/// Matrix products of operands in shared memory: C is dealt out to the team's warps as tiles, whose shape follows from the product's
/// own and the team's size.

#include "cuda/device/fma_tile.cuh"
#include "cuda/device/mma_tile.cuh"

namespace caviar::cuda {

/// How a product is dealt out: the tile, and how many there are.
struct Deal {
    int32_t rows; ///< of a lane's tile on the fp32 units: 8, 4, 2 or 1
    int32_t wide; ///< lanes side by side there, 1, 2, 4 or 8: as a logarithm to the base 2
};

/// The tile height that takes the fewest issue slots: 16 fused multiply-adds a row and four k, 16-byte loads one a row and four.
__device__ inline Deal deal_out(int32_t rows, int32_t columns, int32_t warps) {
    const int32_t quads = divide_up(columns, 4);
    Deal best{8, quads > 4 ? 3 : quads > 2 ? 2 : quads - 1};
    const int32_t across = divide_up_log2(quads, best.wide), warps_log2 = 31 - __clz(warps);
    int32_t least = 0x7fffffff;
    CAVIAR_UNROLL
    for (int bits = 3; bits >= 0; --bits) {
        const int32_t height = 1 << bits, tiles = across * divide_up_log2(rows, bits + warp_log2 - best.wide);
        const int32_t cost = divide_up_log2(tiles, warps_log2) * (16 * height + 2 * (height + 4));
        if (cost < least) {
            least = cost;
            best.rows = height;
        }
    }
    return best;
}

/// All tiles of one kind. `variant` is what the tile's constructor wants: `wide`, or the precision.
template <class Tile, class V, class E>
__device__ __forceinline__ void run_tiles(const Team& team, int32_t wide, V variant, const Operands& o, const E& epilogue) {
    const int32_t height_log2 = Tile::height_log2(wide), width_log2 = Tile::width_log2(wide);
    const int32_t across = divide_up_log2(o.columns, width_log2), tiles = across * divide_up_log2(o.rows, height_log2);
    for (int32_t t = team.warp_index(); t < tiles; t += team.warps()) {
        const int32_t down = across > 1 ? t / across : t;
        Tile tile(team.lane_in_warp(), variant, down << height_log2, (t - down * across) << width_log2, o.rows, o.columns);
        if (!Tile::whole_warp && !tile.inside()) continue;
        tile.start(o.init, o.ld_init);
        tile.run(o.a, o.lda, o.b, o.ldb, o.depth);
        tile.finish(epilogue);
    }
}

/// On the fp32 units.
template <bool Transposed, class E> __device__ __forceinline__ void product(const Team& team, const Operands& o, const E& epilogue) {
    const Deal deal = deal_out(o.rows, o.columns, team.warps());
    switch (deal.rows) {
    case 8: return run_tiles<FmaTile<8, Transposed>>(team, deal.wide, deal.wide, o, epilogue);
    case 4: return run_tiles<FmaTile<4, Transposed>>(team, deal.wide, deal.wide, o, epilogue);
    case 2: return run_tiles<FmaTile<2, Transposed>>(team, deal.wide, deal.wide, o, epilogue);
    default: return run_tiles<FmaTile<1, Transposed>>(team, deal.wide, deal.wide, o, epilogue);
    }
}

/// On the matrix units: 32 x 32 a warp where that gives each a tile, else 16 x 16.
template <bool Transposed, class E>
__device__ __forceinline__ void matrix_product(const Team& team, Precision precision, const Operands& o, const E& epilogue) {
    if (divide_up(o.rows, 32) * divide_up(o.columns, 32) >= team.warps())
        run_tiles<MmaTile<2, 4, Transposed>>(team, 0, precision, o, epilogue);
    else
        run_tiles<MmaTile<1, 2, Transposed>>(team, 0, precision, o, epilogue);
}

} // namespace caviar::cuda
