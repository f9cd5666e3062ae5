#pragma once
/// Matrix products by register tiles: a few rows times a few packs of C stay in registers while K runs.
/// Every tile height up to the largest exists, so that ragged shapes are split into even tiles and none is slow.

#include "caviar/mlp/forward.h"
#include "caviar/mlp/pack.h"

#include <cstdint>

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

/// Rows of A go through the blocked product in at most this many; a minibatch is cut into chunks of it.
inline constexpr int32_t most_rows = 128;
/// Longest stretch of K between two visits to C: a panel of B of this length, 256 KB at most, streams from the second cache as fast as the
/// multiply-adds take it.
inline constexpr int32_t most_depth = 1024;
/// Packs side by side in a tile. AVX-512 has 32 registers, the others 16.
inline constexpr int32_t most_packs = Lanes::lanes == 16 ? 4 : 2;
/// Rows in a tile: accumulators, a row of B and one broadcast must fit the registers, and there must be enough
/// accumulators to hide the latency of a fused multiply-add (4 clocks, 2 a clock).
constexpr int32_t tile_rows(int32_t packs) {
    if (Lanes::lanes == 16) return packs == 4 ? 6 : 8;
    return packs == 2 ? 6 : 8;
}

struct Operands {
    const float *a, *b, *init; ///< init nullptr: zero
    int64_t lda, ldb, ld_init;
    int32_t depth;
};

/// MR x NR packs of C at (row, column). A's rows are `lda` apart, or its columns where it is read transposed.
template <int MR, int NR, bool Transposed, class E> void tile(const Operands& o, const E& shared, int32_t row, int32_t column) {
    const E epilogue = shared; // its own copy stays in registers: nothing that is stored can change it
    Lanes c[MR][NR];
    if (o.init) {
        CAVIAR_UNROLL
        for (int m = 0; m < MR; ++m) {
            CAVIAR_UNROLL
            for (int n = 0; n < NR; ++n) c[m][n] = Lanes::load(o.init + m * o.ld_init + n * Lanes::lanes);
        }
    } else {
        CAVIAR_UNROLL
        for (int m = 0; m < MR; ++m) {
            CAVIAR_UNROLL
            for (int n = 0; n < NR; ++n) c[m][n] = Lanes::all(0.0f);
        }
    }
    const float *a = o.a, *b = o.b;
    const int64_t lda = o.lda, ldb = o.ldb;
    for (int32_t k = o.depth; k > 0; --k) {
        Lanes bk[NR];
        CAVIAR_UNROLL
        for (int n = 0; n < NR; ++n) bk[n] = Lanes::load(b + n * Lanes::lanes);
        CAVIAR_UNROLL
        for (int m = 0; m < MR; ++m) {
            const Lanes am = Lanes::all(Transposed ? a[m] : a[m * lda]);
            CAVIAR_UNROLL
            for (int n = 0; n < NR; ++n) c[m][n] = fma(am, bk[n], c[m][n]);
        }
        a += Transposed ? lda : 1;
        b += ldb;
    }
    CAVIAR_UNROLL
    for (int m = 0; m < MR; ++m) {
        CAVIAR_UNROLL
        for (int n = 0; n < NR; ++n) epilogue(row + m, column + n * Lanes::lanes, c[m][n]);
    }
}

template <class E> using Tile = void (*)(const Operands&, const E&, int32_t, int32_t);

template <int NR, bool Transposed, class E, int MR = tile_rows(NR)> Tile<E> tile_of(int32_t rows) {
    if constexpr (MR > 1) {
        if (rows < MR) return tile_of<NR, Transposed, E, MR - 1>(rows);
    }
    return tile<MR, NR, Transposed, E>;
}

/// A heavy epilogue over a tile that waits in `block`, NR packs wide.
template <int NR, class E> void finish(const float* block, int32_t row, int32_t height, int32_t column, const E& shared) {
    const E epilogue = shared; // as in `tile`
    for (int32_t m = 0; m < height; ++m) {
        CAVIAR_UNROLL
        for (int32_t n = 0; n < NR; ++n) epilogue(row + m, column + n * Lanes::lanes, Lanes::load(block + (m * NR + n) * Lanes::lanes));
    }
}

/// One panel of NR packs of C, all rows. `partial`: most_rows x NR packs, for sums between stretches of K.
template <int NR, bool Transposed, class E>
void panel(int32_t rows, int32_t depth, Operands o, int32_t column, const E& epilogue, float* partial) {
    constexpr int32_t width = NR * Lanes::lanes;
    const int32_t tiles = (rows + tile_rows(NR) - 1) / tile_rows(NR), tall = (rows + tiles - 1) / tiles;
    const int32_t tall_tiles = rows - (tall - 1) * tiles; // the others are one row lower
    const auto each_tile = [&](const auto& f) {
        int32_t row = 0;
        for (int32_t t = 0; t < tiles; ++t) {
            const int32_t height = t < tall_tiles ? tall : tall - 1;
            f(row, height);
            row += height;
        }
    };
    const auto at = [](const Operands& all, int32_t row) {
        Operands own = all;
        own.a += Transposed ? row : row * all.lda;
        if (all.init) own.init += row * all.ld_init;
        return own;
    };
    if constexpr (!Transposed) {
        const int32_t stretches = (depth + most_depth - 1) / most_depth;
        for (int32_t s = 0; s + 1 < stretches; ++s) {
            o.depth = depth / stretches;
            const Keep keep{partial, width};
            each_tile([&](int32_t row, int32_t height) { tile_of<NR, Transposed, Keep>(height)(at(o, row), keep, row, 0); });
            o.a += o.depth;
            o.b += o.depth * o.ldb;
            o.init = partial;
            o.ld_init = width;
        }
        o.depth = depth - (stretches - 1) * (depth / stretches);
    } else {
        o.depth = depth;
    }
    if constexpr (E::heavy) {
        alignas(64) float block[tile_rows(NR) * width];
        const Keep keep{block, width};
        each_tile([&](int32_t row, int32_t height) {
            tile_of<NR, Transposed, Keep>(height)(at(o, row), keep, 0, 0);
            finish<NR>(block, row, height, column, epilogue);
        });
    } else {
        each_tile([&](int32_t row, int32_t height) { tile_of<NR, Transposed, E>(height)(at(o, row), epilogue, row, column); });
    }
}

/// All of C: panels of nearly even width.
template <bool Transposed, class E>
void gemm(int32_t rows, int32_t columns, int32_t depth, const Operands& all, const E& epilogue, float* partial) {
    const int32_t packs = (columns + Lanes::lanes - 1) / Lanes::lanes, panels = (packs + most_packs - 1) / most_packs;
    int32_t pack = 0;
    for (int32_t p = 0; p < panels; ++p) {
        const int32_t wide = (packs - pack + panels - p - 1) / (panels - p), column = pack * Lanes::lanes;
        Operands o = all;
        o.b += column;
        if (o.init) o.init += column;
        if constexpr (most_packs == 4) {
            if (wide == 4) panel<4, Transposed>(rows, depth, o, column, epilogue, partial);
            if (wide == 3) panel<3, Transposed>(rows, depth, o, column, epilogue, partial);
        }
        if (wide == 2) panel<2, Transposed>(rows, depth, o, column, epilogue, partial);
        if (wide == 1) panel<1, Transposed>(rows, depth, o, column, epilogue, partial);
        pack += wide;
    }
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
