#pragma once
/// Elementary functions over packs, each within a few ulp of the true value. NaN goes in and NaN comes out, so that a
/// trial that diverged is seen.

#include "caviar/mlp/pack.h"

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

/// e^x, x limited to [-87, 88]. x = n ln 2 + r, |r| <= ln(2)/2; the polynomial is Cephes' expf (S. L. Moshier).
template <class P> CAVIAR_HD CAVIAR_INLINE P exp(P x) {
    x = min(P::all(88.0f), max(P::all(-87.0f), x));
    // Adding 1.5 * 2^23 rounds to the nearest whole number.
    const P n = fma(x, P::all(1.44269504f), P::all(12582912.0f)) - P::all(12582912.0f);
    P r = fma(n, P::all(-0.693359375f), x);
    r = fma(n, P::all(2.12194440e-4f), r);
    P p = P::all(1.9875691500e-4f);
    p = fma(p, r, P::all(1.3981999507e-3f));
    p = fma(p, r, P::all(8.3334519073e-3f));
    p = fma(p, r, P::all(4.1665795894e-2f));
    p = fma(p, r, P::all(1.6666665459e-1f));
    p = fma(p, r, P::all(5.0000001201e-1f));
    return fma(p, r * r, r + P::all(1.0f)) * power_of_two(n);
}

/// Natural logarithm of a positive normal number, by 2 atanh((m - 1) / (m + 1)); what is cut is below 2e-9 of the sum.
template <class P> CAVIAR_HD CAVIAR_INLINE P log(P x) {
    P m = x, e = x;
    split(x, m, e);
    const P s = (m - P::all(1.0f)) / (m + P::all(1.0f)), q = s * s;
    P p = fma(P::all(1.0f / 9), q, P::all(1.0f / 7));
    p = fma(p, q, P::all(1.0f / 5));
    p = fma(p, q, P::all(1.0f / 3));
    const P twice = s + s;
    const P tail = fma(p * q, twice, e * P::all(-2.12194440e-4f));
    const P result = fma(e, P::all(0.693359375f), twice + tail);
    return where_less(x, P::all(__builtin_huge_valf()), result, x); // infinity and NaN stay what they are
}

template <class P> CAVIAR_HD CAVIAR_INLINE P sigmoid(P x) { return P::all(1.0f) / (P::all(1.0f) + exp(P::all(0.0f) - x)); }

/// Near zero Cephes' odd polynomial, elsewhere 1 - 2 / (e^2x + 1).
template <class P> CAVIAR_HD CAVIAR_INLINE P tanh(P x) {
    const P z = x * x;
    P p = fma(P::all(-5.70498872745e-3f), z, P::all(2.06390887954e-2f));
    p = fma(p, z, P::all(-5.37397155531e-2f));
    p = fma(p, z, P::all(1.33314422036e-1f));
    p = fma(p, z, P::all(-3.33332819422e-1f));
    const P near = fma(p * z, x, x);
    const P far = P::all(1.0f) - P::all(2.0f) / (exp(x + x) + P::all(1.0f));
    return where_less(abs(x), P::all(0.625f), near, far);
}

/// Standard normal distribution function, erfc(-x / sqrt 2) / 2, with a small RELATIVE error in the lower tail too.
/// For z >= 0, erfc(z) = t exp(-z^2 + p(t)), t = 1 / (1 + z / 2): the form is Numerical Recipes' erfcc, the coefficients a
/// Chebyshev fit of our own on z in [0, 10], within 5.2e-8.
template <class P> CAVIAR_HD CAVIAR_INLINE P normal_cdf(P x) {
    const P z = abs(x) * P::all(0.707106781f);
    const P t = P::all(1.0f) / fma(P::all(0.5f), z, P::all(1.0f));
    P p = P::all(0.148046054f);
    p = fma(p, t, P::all(-0.69753659f));
    p = fma(p, t, P::all(1.19532767f));
    p = fma(p, t, P::all(-0.746469892f));
    p = fma(p, t, P::all(-0.03986632f));
    p = fma(p, t, P::all(-0.0195080021f));
    p = fma(p, t, P::all(0.0413959637f));
    p = fma(p, t, P::all(0.385283634f));
    p = fma(p, t, P::all(0.99878246f));
    p = fma(p, t, P::all(-1.26545493f));
    const P half_erfc = P::all(0.5f) * t * exp(fma(P::all(-0.5f), x * x, p));
    return where_less(x, P::all(0.0f), half_erfc, P::all(1.0f) - half_erfc);
}

/// Standard normal density.
template <class P> CAVIAR_HD CAVIAR_INLINE P normal_density(P x) { return P::all(0.398942280f) * exp(P::all(-0.5f) * x * x); }

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
