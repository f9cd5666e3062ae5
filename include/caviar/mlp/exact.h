#pragma once
/// Float arithmetic with the same bits on every machine: each operation is rounded once, in the order written, and never
/// fused. nvcc fuses a * b + c unless told otherwise, so the device gets the intrinsics; host code is compiled with
/// -ffp-contract=off. The functions of libm and of the device differ in their last bits, hence our own.

#include "caviar/mlp/config.h"

#include <cmath>
#include <cstdint>
#include <cstring>

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

#if defined(__CUDA_ARCH__)
CAVIAR_HD inline float add(float a, float b) { return __fadd_rn(a, b); }
CAVIAR_HD inline float mul(float a, float b) { return __fmul_rn(a, b); }
CAVIAR_HD inline float div(float a, float b) { return __fdiv_rn(a, b); }
CAVIAR_HD inline float square_root(float a) { return __fsqrt_rn(a); }
CAVIAR_HD inline uint32_t bits_of(float a) { return __float_as_uint(a); }
CAVIAR_HD inline float float_of(uint32_t a) { return __uint_as_float(a); }
#else
CAVIAR_HD inline float add(float a, float b) { return a + b; }
CAVIAR_HD inline float mul(float a, float b) { return a * b; }
CAVIAR_HD inline float div(float a, float b) { return a / b; }
CAVIAR_HD inline float square_root(float a) { return __builtin_sqrtf(a); }
CAVIAR_HD inline uint32_t bits_of(float a) {
    uint32_t bits;
    __builtin_memcpy(&bits, &a, sizeof bits);
    return bits;
}
CAVIAR_HD inline float float_of(uint32_t bits) {
    float a;
    __builtin_memcpy(&a, &bits, sizeof a);
    return a;
}
#endif

/// Not exact: 1 / sqrt(a) and 1 / a by the device's estimates, within 2 ulp, for normal a. The host's stand-ins are for tests.
#if defined(__CUDA_ARCH__)
CAVIAR_HD inline float quick_inverse_root(float a) { return rsqrtf(a); }
CAVIAR_HD inline float quick_reciprocal(float a) { return __fdividef(1.0f, a); }
#else
CAVIAR_HD inline float quick_inverse_root(float a) { return 1.0f / __builtin_sqrtf(a); }
CAVIAR_HD inline float quick_reciprocal(float a) { return 1.0f / a; }
#endif

/// Natural logarithm of a positive normal float, within 2 ulp.
/// x = 2^k * m with m in [sqrt(1/2), sqrt(2)); log(m) = 2 atanh(s), s = (m - 1) / (m + 1), |s| < 0.1716, whose series is cut
/// after s^9 (what is left is below 2e-9 of the sum). No branches, so that a loop over it vectorises.
CAVIAR_HD inline float exact_log(float x) {
    constexpr uint32_t root_half = 0x3f3504f3u; // sqrt(1/2)
    const uint32_t shifted = bits_of(x) - root_half;
    const float k = static_cast<float>(static_cast<int32_t>(shifted) >> 23);
    const float m = float_of((shifted & 0x007fffffu) + root_half);
    const float s = div(add(m, -1.0f), add(m, 1.0f));
    const float q = mul(s, s);
    float p = 1.0f / 9;
    p = add(mul(p, q), 1.0f / 7);
    p = add(mul(p, q), 1.0f / 5);
    p = add(mul(p, q), 1.0f / 3);
    const float twice = add(s, s);
    const float tail = mul(mul(p, q), twice);
    // ln 2 in two parts: the first has 9 bits, so that its product with k is exact.
    return add(mul(k, 0.693359375f), add(twice, add(tail, mul(k, -2.12194440e-4f))));
}

struct SinCos {
    float sin, cos;
};

/// Sine and cosine of 2 pi * turn / 2^24, turn in [0, 2^24), within 2 ulp (absolute near the zeros: there the result is exact
/// or proportional to the distance). The nearest quarter turn is split off in integers, so nothing is lost; the rest is
/// within an eighth of a turn, where the Taylor series in quarter turns f, |f| <= 1/2, are cut below 2e-9.
CAVIAR_HD inline SinCos exact_sincos(uint32_t turn) {
    const uint32_t quarter = (turn + (1u << 21)) >> 22;
    const float f = mul(static_cast<float>(static_cast<int32_t>(turn - (quarter << 22))), 1.0f / (1u << 22));
    const float q = mul(f, f);
    // (pi/2)^n / n!, with alternating signs
    float s = 1.6044118478735982e-4f;
    s = add(mul(s, q), -4.6817541353186881e-3f);
    s = add(mul(s, q), 7.9692626246167045e-2f);
    s = add(mul(s, q), -6.4596409750624625e-1f);
    s = add(mul(s, q), 1.5707963267948966f);
    s = mul(s, f);
    float c = -2.5202042373060605e-5f;
    c = add(mul(c, q), 9.1926027483942658e-4f);
    c = add(mul(c, q), -2.0863480763352960e-2f);
    c = add(mul(c, q), 2.5366950790104802e-1f);
    c = add(mul(c, q), -1.2337005501361698f);
    c = add(mul(c, q), 1.0f);
    const bool odd = quarter & 1u;
    const float sine = odd ? c : s, cosine = odd ? s : c;
    return {quarter & 2u ? -sine : sine, (quarter + 1u) & 2u ? -cosine : cosine};
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
