#pragma once
/// Transposing a matrix, square blocks at a time in registers where the instruction set has the shuffles.

#include "caviar/mlp/pack.h"

#include <cstdint>

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

#if defined(__AVX512F__)
/// 16 x 16: within 4 x 4 blocks by unpacking, then the blocks among themselves.
inline void transpose_square(Lanes* r) {
    __m512 t[16], u[16];
    CAVIAR_UNROLL
    for (int i = 0; i < 8; ++i) {
        t[2 * i] = _mm512_unpacklo_ps(r[2 * i].v, r[2 * i + 1].v);
        t[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i].v, r[2 * i + 1].v);
    }
    const auto low = [](__m512 a, __m512 b) { return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b))); };
    const auto high = [](__m512 a, __m512 b) { return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b))); };
    CAVIAR_UNROLL
    for (int i = 0; i < 16; i += 4) {
        u[i] = low(t[i], t[i + 2]);
        u[i + 1] = high(t[i], t[i + 2]);
        u[i + 2] = low(t[i + 1], t[i + 3]);
        u[i + 3] = high(t[i + 1], t[i + 3]);
    }
    CAVIAR_UNROLL
    for (int j = 0; j < 4; ++j) {
        const __m512 a = _mm512_shuffle_f32x4(u[j], u[4 + j], 0x88), b = _mm512_shuffle_f32x4(u[j], u[4 + j], 0xdd);
        const __m512 c = _mm512_shuffle_f32x4(u[8 + j], u[12 + j], 0x88), d = _mm512_shuffle_f32x4(u[8 + j], u[12 + j], 0xdd);
        r[j].v = _mm512_shuffle_f32x4(a, c, 0x88);
        r[4 + j].v = _mm512_shuffle_f32x4(b, d, 0x88);
        r[8 + j].v = _mm512_shuffle_f32x4(a, c, 0xdd);
        r[12 + j].v = _mm512_shuffle_f32x4(b, d, 0xdd);
    }
}
#elif defined(__AVX2__)
/// 8 x 8, likewise.
inline void transpose_square(Lanes* r) {
    __m256 t[8], u[8];
    CAVIAR_UNROLL
    for (int i = 0; i < 4; ++i) {
        t[2 * i] = _mm256_unpacklo_ps(r[2 * i].v, r[2 * i + 1].v);
        t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i].v, r[2 * i + 1].v);
    }
    const auto low = [](__m256 a, __m256 b) { return _mm256_castpd_ps(_mm256_unpacklo_pd(_mm256_castps_pd(a), _mm256_castps_pd(b))); };
    const auto high = [](__m256 a, __m256 b) { return _mm256_castpd_ps(_mm256_unpackhi_pd(_mm256_castps_pd(a), _mm256_castps_pd(b))); };
    CAVIAR_UNROLL
    for (int i = 0; i < 8; i += 4) {
        u[i] = low(t[i], t[i + 2]);
        u[i + 1] = high(t[i], t[i + 2]);
        u[i + 2] = low(t[i + 1], t[i + 3]);
        u[i + 3] = high(t[i + 1], t[i + 3]);
    }
    CAVIAR_UNROLL
    for (int j = 0; j < 4; ++j) {
        r[j].v = _mm256_permute2f128_ps(u[j], u[4 + j], 0x20);
        r[4 + j].v = _mm256_permute2f128_ps(u[j], u[4 + j], 0x31);
    }
}
#else
inline void transpose_square(Lanes* r) {
    for (int i = 0; i < Lanes::lanes; ++i)
        for (int j = 0; j < i; ++j) {
            const float swap = r[i].v[j];
            r[i].v[j] = r[j].v[i];
            r[j].v[i] = swap;
        }
}
#endif

/// out (rows x columns, ld_out) = transpose of in (columns x rows, ld_in, rows of whole packs). Columns of `out` from `columns` up to a
/// whole pack are zero.
inline void transpose_matrix(int32_t rows, int32_t columns, const float* in, int64_t ld_in, float* out, int64_t ld_out) {
    constexpr int32_t W = Lanes::lanes;
    for (int32_t c = 0; c < columns; c += W) {
        for (int32_t r = 0; r < rows; r += W) {
            Lanes square[W];
            if (columns - c >= W) {
                CAVIAR_UNROLL
                for (int i = 0; i < W; ++i) square[i] = Lanes::load(in + (c + i) * ld_in + r);
            } else {
                CAVIAR_UNROLL
                for (int i = 0; i < W; ++i) square[i] = c + i < columns ? Lanes::load(in + (c + i) * ld_in + r) : Lanes::all(0.0f);
            }
            transpose_square(square);
            if (rows - r >= W) {
                CAVIAR_UNROLL
                for (int i = 0; i < W; ++i) square[i].store(out + (r + i) * ld_out + c);
            } else {
                CAVIAR_UNROLL
                for (int i = 0; i < W; ++i)
                    if (r + i < rows) square[i].store(out + (r + i) * ld_out + c);
            }
        }
    }
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
