#pragma once
/// What a trial is expected to gain.

#include <cmath>
#include <numbers>

namespace caviar::search {

/// The logarithm of the expected improvement E max(0, best - y), y normal (Jones, Schonlau and Welch 1998, equation 15). As a
/// logarithm it still tells points apart where the improvement itself is nothing in floating point (Ament et al. 2023, "Unexpected improvements to
/// expected improvement for Bayesian optimization", section 4.1).
inline double log_expected_improvement(double best, double mean, double deviation) {
    const double z = (best - mean) / deviation;
    const double log_density = -0.5 * z * z - 0.5 * std::log(2 * std::numbers::pi);
    // z Phi(z) + phi(z); far down it is phi(z) / z^2 less a term of order 1 / z^4, as the difference of the two cancels
    if (z < -25) return std::log(deviation) + log_density - 2 * std::log(-z);
    return std::log(deviation) + std::log(std::exp(log_density) + z * 0.5 * std::erfc(-z / std::numbers::sqrt2));
}

} // namespace caviar::search
