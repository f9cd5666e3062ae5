#pragma once
/// Pack<W>: W floats that go through the same arithmetic. One register of the instruction set on the CPU, four registers of a
/// lane on the device, which reads and writes them as 16 bytes. Explicit, because compilers do not keep a tile of accumulators over float arrays in registers.

#include "caviar/mlp/config.h"

#include <cstdint>

#if !defined(CAVIAR_DEVICE) && (defined(__AVX512F__) || defined(__AVX2__))
#include <immintrin.h>
#endif

/// Unrolls the loop that follows fully (its bounds are constants).
#if defined(__CUDACC__) || defined(__clang__)
#define CAVIAR_UNROLL _Pragma("unroll")
#else
#define CAVIAR_UNROLL _Pragma("GCC unroll 32")
#endif

#if defined(__CUDACC__)
#define CAVIAR_INLINE __forceinline__
#elif defined(CAVIAR_SIMT)
#define CAVIAR_INLINE inline
#else
#define CAVIAR_INLINE inline __attribute__((always_inline))
#endif

#if defined(__CUDACC__)
#define CAVIAR_APART __noinline__
#else
#define CAVIAR_APART __attribute__((noinline))
#endif

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

template <int W> struct Pack;

/// One lane: what everything else is made of or checked against.
template <> struct Pack<1> {
    static constexpr int lanes = 1;
    float v;

    CAVIAR_HD static CAVIAR_INLINE Pack all(float x) { return {x}; }
    CAVIAR_HD static CAVIAR_INLINE Pack load(const float* p) { return {*p}; }
    CAVIAR_HD CAVIAR_INLINE void store(float* p) const { *p = v; }
    /// first, first + 1, ...: the lanes' own numbers.
    CAVIAR_HD static CAVIAR_INLINE Pack iota(float first) { return {first}; }

    CAVIAR_HD friend CAVIAR_INLINE Pack operator+(Pack a, Pack b) { return {a.v + b.v}; }
    CAVIAR_HD friend CAVIAR_INLINE Pack operator-(Pack a, Pack b) { return {a.v - b.v}; }
    CAVIAR_HD friend CAVIAR_INLINE Pack operator*(Pack a, Pack b) { return {a.v * b.v}; }
    CAVIAR_HD friend CAVIAR_INLINE Pack operator/(Pack a, Pack b) { return {a.v / b.v}; }

    /// a * b + c, rounded once where the machine can.
    CAVIAR_HD friend CAVIAR_INLINE Pack fma(Pack a, Pack b, Pack c) {
#if defined(__CUDA_ARCH__)
        return {__fmaf_rn(a.v, b.v, c.v)};
#else
        return {__builtin_fmaf(a.v, b.v, c.v)};
#endif
    }
    /// c - a * b, likewise.
    CAVIAR_HD friend CAVIAR_INLINE Pack negative_fma(Pack a, Pack b, Pack c) { return fma(Pack{-a.v}, b, c); }
    /// b where either is not a number: a limit goes first, so that NaN gets through.
    CAVIAR_HD friend CAVIAR_INLINE Pack max(Pack a, Pack b) { return {a.v > b.v ? a.v : b.v}; }
    CAVIAR_HD friend CAVIAR_INLINE Pack min(Pack a, Pack b) { return {a.v < b.v ? a.v : b.v}; }
    /// Lane by lane: x < y ? a : b.
    CAVIAR_HD friend CAVIAR_INLINE Pack where_less(Pack x, Pack y, Pack a, Pack b) { return {x.v < y.v ? a.v : b.v}; }
    CAVIAR_HD friend CAVIAR_INLINE Pack where_equal(Pack x, Pack y, Pack a, Pack b) { return {x.v == y.v ? a.v : b.v}; }
    CAVIAR_HD friend CAVIAR_INLINE Pack abs(Pack a) { return {a.v < 0 ? -a.v : a.v}; }
    CAVIAR_HD friend CAVIAR_INLINE Pack square_root(Pack a) {
#if defined(__CUDA_ARCH__)
        return {__fsqrt_rn(a.v)};
#else
        return {__builtin_sqrtf(a.v)};
#endif
    }
    /// 2^n, n whole and in [-126, 127].
    CAVIAR_HD friend CAVIAR_INLINE Pack power_of_two(Pack n) { return from_bits(static_cast<uint32_t>(static_cast<int32_t>(n.v) + 127) << 23); }
    /// x = m * 2^e with m in [sqrt(1/2), sqrt(2)), for positive normal x.
    CAVIAR_HD friend CAVIAR_INLINE void split(Pack x, Pack& m, Pack& e) {
        const uint32_t shifted = bits(x) - 0x3f3504f3u;
        e = {static_cast<float>(static_cast<int32_t>(shifted) >> 23)};
        m = from_bits((shifted & 0x007fffffu) + 0x3f3504f3u);
    }
    CAVIAR_HD friend CAVIAR_INLINE float add_lanes(Pack a) { return a.v; }
    CAVIAR_HD friend CAVIAR_INLINE float largest(Pack a) { return a.v; }

private:
    CAVIAR_HD static CAVIAR_INLINE uint32_t bits(Pack a) {
        union { float f; uint32_t u; } c{a.v};
        return c.u;
    }
    CAVIAR_HD static CAVIAR_INLINE Pack from_bits(uint32_t u) {
        union { uint32_t u; float f; } c{u};
        return {c.f};
    }
};

#if defined(CAVIAR_DEVICE)

/// Four lanes, 16-byte aligned in memory.
template <> struct alignas(16) Pack<4> {
    static constexpr int lanes = 4;
    float v[4];

    CAVIAR_HD static CAVIAR_INLINE Pack all(float x) { return {{x, x, x, x}}; }
    CAVIAR_HD static CAVIAR_INLINE Pack load(const float* p) {
#if defined(CAVIAR_SIMT)
        simt::require_written(p, lanes);
#endif
        return *reinterpret_cast<const Pack*>(p);
    }
    CAVIAR_HD CAVIAR_INLINE void store(float* p) const { *reinterpret_cast<Pack*>(p) = *this; }
    CAVIAR_HD static CAVIAR_INLINE Pack iota(float first) { return {{first, first + 1, first + 2, first + 3}}; }

    CAVIAR_HD friend CAVIAR_INLINE Pack operator+(Pack a, Pack b) {
        return each([&](int i) { return One{a.v[i]} + One{b.v[i]}; });
    }
    CAVIAR_HD friend CAVIAR_INLINE Pack operator-(Pack a, Pack b) {
        return each([&](int i) { return One{a.v[i]} - One{b.v[i]}; });
    }
    CAVIAR_HD friend CAVIAR_INLINE Pack operator*(Pack a, Pack b) {
        return each([&](int i) { return One{a.v[i]} * One{b.v[i]}; });
    }
    CAVIAR_HD friend CAVIAR_INLINE Pack operator/(Pack a, Pack b) {
        return each([&](int i) { return One{a.v[i]} / One{b.v[i]}; });
    }
    CAVIAR_HD friend CAVIAR_INLINE Pack fma(Pack a, Pack b, Pack c) {
        return each([&](int i) { return fma(One{a.v[i]}, One{b.v[i]}, One{c.v[i]}); });
    }
    CAVIAR_HD friend CAVIAR_INLINE Pack negative_fma(Pack a, Pack b, Pack c) {
        return each([&](int i) { return negative_fma(One{a.v[i]}, One{b.v[i]}, One{c.v[i]}); });
    }
    CAVIAR_HD friend CAVIAR_INLINE Pack max(Pack a, Pack b) {
        return each([&](int i) { return max(One{a.v[i]}, One{b.v[i]}); });
    }
    CAVIAR_HD friend CAVIAR_INLINE Pack min(Pack a, Pack b) {
        return each([&](int i) { return min(One{a.v[i]}, One{b.v[i]}); });
    }
    CAVIAR_HD friend CAVIAR_INLINE Pack where_less(Pack x, Pack y, Pack a, Pack b) {
        return each([&](int i) { return where_less(One{x.v[i]}, One{y.v[i]}, One{a.v[i]}, One{b.v[i]}); });
    }
    CAVIAR_HD friend CAVIAR_INLINE Pack where_equal(Pack x, Pack y, Pack a, Pack b) {
        return each([&](int i) { return where_equal(One{x.v[i]}, One{y.v[i]}, One{a.v[i]}, One{b.v[i]}); });
    }
    CAVIAR_HD friend CAVIAR_INLINE Pack abs(Pack a) {
        return each([&](int i) { return abs(One{a.v[i]}); });
    }
    CAVIAR_HD friend CAVIAR_INLINE Pack square_root(Pack a) {
        return each([&](int i) { return square_root(One{a.v[i]}); });
    }
    CAVIAR_HD friend CAVIAR_INLINE Pack power_of_two(Pack n) {
        return each([&](int i) { return power_of_two(One{n.v[i]}); });
    }
    CAVIAR_HD friend CAVIAR_INLINE void split(Pack x, Pack& m, Pack& e) {
        CAVIAR_UNROLL
        for (int i = 0; i < 4; ++i) {
            One mantissa{0}, exponent{0};
            split(One{x.v[i]}, mantissa, exponent);
            m.v[i] = mantissa.v;
            e.v[i] = exponent.v;
        }
    }
    CAVIAR_HD friend CAVIAR_INLINE float add_lanes(Pack a) { return (a.v[0] + a.v[2]) + (a.v[1] + a.v[3]); }
    CAVIAR_HD friend CAVIAR_INLINE float largest(Pack a) {
        const float even = a.v[0] > a.v[2] ? a.v[0] : a.v[2], odd = a.v[1] > a.v[3] ? a.v[1] : a.v[3];
        return even > odd ? even : odd;
    }

private:
    using One = Pack<1>;
    template <class F> CAVIAR_HD static CAVIAR_INLINE Pack each(const F& f) { return {{f(0).v, f(1).v, f(2).v, f(3).v}}; }
};

#else

/// The compilers' vector types. `Loose` may lie anywhere and alias anything.
template <int W> struct Register;
#define CAVIAR_REGISTER(W)                                                                                                   \
    template <> struct Register<W> {                                                                                         \
        typedef float Floats __attribute__((vector_size(W * 4)));                                                            \
        typedef int32_t Ints __attribute__((vector_size(W * 4)));                                                            \
        typedef float Loose __attribute__((vector_size(W * 4), aligned(4), may_alias));                                      \
    };
CAVIAR_REGISTER(4)
CAVIAR_REGISTER(8)
CAVIAR_REGISTER(16)
#undef CAVIAR_REGISTER

/// A register of W floats, by the compilers' vector extension: 4 (any machine), 8 (AVX2), 16 (AVX-512).
template <int W> struct Pack {
    static constexpr int lanes = W;
    using Floats = typename Register<W>::Floats;
    using Ints = typename Register<W>::Ints;
    using Loose = typename Register<W>::Loose;
    Floats v;

    static CAVIAR_INLINE Pack all(float x) {
#if defined(__AVX512F__)
        if constexpr (W == 16) return {_mm512_set1_ps(x)};
#endif
#if defined(__AVX2__)
        if constexpr (W == 8) return {_mm256_set1_ps(x)};
#endif
        Floats f;
        CAVIAR_UNROLL
        for (int i = 0; i < W; ++i) f[i] = x;
        return {f};
    }
    /// No alignment asked: what is aligned costs nothing more.
    static CAVIAR_INLINE Pack load(const float* p) { return {*reinterpret_cast<const Loose*>(p)}; }
    CAVIAR_INLINE void store(float* p) const { *reinterpret_cast<Loose*>(p) = v; }
    static CAVIAR_INLINE Pack iota(float first) {
        Floats f;
        CAVIAR_UNROLL
        for (int i = 0; i < W; ++i) f[i] = static_cast<float>(i);
        return {f + first};
    }

    friend CAVIAR_INLINE Pack operator+(Pack a, Pack b) { return {a.v + b.v}; }
    friend CAVIAR_INLINE Pack operator-(Pack a, Pack b) { return {a.v - b.v}; }
    friend CAVIAR_INLINE Pack operator*(Pack a, Pack b) { return {a.v * b.v}; }
    friend CAVIAR_INLINE Pack operator/(Pack a, Pack b) { return {a.v / b.v}; }

    friend CAVIAR_INLINE Pack fma(Pack a, Pack b, Pack c) {
#if defined(__AVX512F__)
        if constexpr (W == 16) return {_mm512_fmadd_ps(a.v, b.v, c.v)};
#endif
#if defined(__FMA__)
        if constexpr (W == 8) return {_mm256_fmadd_ps(a.v, b.v, c.v)};
#endif
        return {a.v * b.v + c.v};
    }
    friend CAVIAR_INLINE Pack negative_fma(Pack a, Pack b, Pack c) {
#if defined(__AVX512F__)
        if constexpr (W == 16) return {_mm512_fnmadd_ps(a.v, b.v, c.v)};
#endif
#if defined(__FMA__)
        if constexpr (W == 8) return {_mm256_fnmadd_ps(a.v, b.v, c.v)};
#endif
        return {c.v - a.v * b.v};
    }
    friend CAVIAR_INLINE Pack max(Pack a, Pack b) {
#if defined(__AVX512F__)
        if constexpr (W == 16) return {_mm512_max_ps(a.v, b.v)};
#endif
        return {a.v > b.v ? a.v : b.v};
    }
    friend CAVIAR_INLINE Pack min(Pack a, Pack b) {
#if defined(__AVX512F__)
        if constexpr (W == 16) return {_mm512_min_ps(a.v, b.v)};
#endif
        return {a.v < b.v ? a.v : b.v};
    }
    friend CAVIAR_INLINE Pack where_less(Pack x, Pack y, Pack a, Pack b) { return {x.v < y.v ? a.v : b.v}; }
    friend CAVIAR_INLINE Pack where_equal(Pack x, Pack y, Pack a, Pack b) { return {x.v == y.v ? a.v : b.v}; }
    friend CAVIAR_INLINE Pack abs(Pack a) { return {(Floats)((Ints)a.v & 0x7fffffff)}; }
    friend CAVIAR_INLINE Pack square_root(Pack a) {
#if defined(__AVX512F__)
        if constexpr (W == 16) return {_mm512_sqrt_ps(a.v)};
#endif
#if defined(__AVX2__)
        if constexpr (W == 8) return {_mm256_sqrt_ps(a.v)};
#endif
        Pack r = a;
        CAVIAR_UNROLL
        for (int i = 0; i < W; ++i) r.v[i] = __builtin_sqrtf(a.v[i]);
        return r;
    }
    friend CAVIAR_INLINE Pack power_of_two(Pack n) {
        // 1.5 * 2^23 + n holds n in its low bits.
        const Ints whole = (Ints)(n.v + 12582912.0f) - 0x4b400000;
        return {(Floats)((whole + 127) << 23)};
    }
    friend CAVIAR_INLINE void split(Pack x, Pack& m, Pack& e) {
        const Ints shifted = (Ints)x.v - 0x3f3504f3;
        e = {__builtin_convertvector(shifted >> 23, Floats)};
        m = {(Floats)((shifted & 0x007fffff) + 0x3f3504f3)};
    }
    /// Pairwise, always in the same order.
    friend CAVIAR_INLINE float add_lanes(Pack a) {
#if defined(__AVX512F__)
        if constexpr (W == 16) return _mm512_reduce_add_ps(a.v);
#endif
        CAVIAR_UNROLL
        for (int half = W / 2; half > 0; half /= 2)
            for (int i = 0; i < half; ++i) a.v[i] += a.v[i + half];
        return a.v[0];
    }
    friend CAVIAR_INLINE float largest(Pack a) {
#if defined(__AVX512F__)
        if constexpr (W == 16) return _mm512_reduce_max_ps(a.v);
#endif
        float best = a.v[0];
        CAVIAR_UNROLL
        for (int i = 1; i < W; ++i) best = best > a.v[i] ? best : a.v[i];
        return best;
    }
};

#endif

/// The native width of this translation unit.
#if defined(CAVIAR_DEVICE)
using Lanes = Pack<4>;
#elif defined(__AVX512F__)
using Lanes = Pack<16>;
#elif defined(__AVX2__)
using Lanes = Pack<8>;
#else
using Lanes = Pack<4>;
#endif

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
