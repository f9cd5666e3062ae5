#pragma once
/// CUDA's arithmetic, by the host's: correctly rounded where CUDA's is, exact where CUDA's is an estimate.

#include <math.h>

#include <bit>
#include <cstdint>

inline unsigned __float_as_uint(float x) { return std::bit_cast<unsigned>(x); }
inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
inline float __uint_as_float(unsigned x) { return std::bit_cast<float>(x); }
inline float __int_as_float(int x) { return std::bit_cast<float>(x); }

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline float __fsqrt_rn(float x) { return __builtin_sqrtf(x); }
inline float __frcp_rn(float x) { return 1.0f / x; }
inline float __frsqrt_rn(float x) { return static_cast<float>(1.0 / __builtin_sqrt(x)); }
inline float __fdividef(float a, float b) { return a / b; }
inline float rsqrtf(float x) { return __frsqrt_rn(x); }

inline int __popc(unsigned x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
inline int __ffs(int x) { return x == 0 ? 0 : std::countr_zero(static_cast<unsigned>(x)) + 1; }
inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned>(uint64_t{a} * b >> 32); }

template <class T> T __ldg(const T* at) { return *at; }

#define CAVIAR_MIN_MAX(T)                                                                                                        \
    constexpr T min(T a, T b) { return b < a ? b : a; }                                                                          \
    constexpr T max(T a, T b) { return a < b ? b : a; }
CAVIAR_MIN_MAX(int)
CAVIAR_MIN_MAX(unsigned)
CAVIAR_MIN_MAX(long)
CAVIAR_MIN_MAX(unsigned long)
CAVIAR_MIN_MAX(long long)
CAVIAR_MIN_MAX(unsigned long long)
#undef CAVIAR_MIN_MAX
// as CUDA's, the number where one of the two is none
inline float min(float a, float b) { return __builtin_fminf(a, b); }
inline float max(float a, float b) { return __builtin_fmaxf(a, b); }
inline double min(double a, double b) { return __builtin_fmin(a, b); }
inline double max(double a, double b) { return __builtin_fmax(a, b); }
