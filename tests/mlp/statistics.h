#pragma once
/// What the statistical tests share. Their seeds are fixed, so a test that passed once passes always; the bounds say how
/// unlikely a failure would be for truly random numbers.

#include <cmath>
#include <cstdint>
#include <vector>

namespace caviar::statistics {

/// Pearson's statistic of counts that should all be equal.
inline double chi_square(const std::vector<int64_t>& counts) {
    double total = 0;
    for (int64_t c : counts) total += static_cast<double>(c);
    const double expected = total / static_cast<double>(counts.size());
    double sum = 0;
    for (int64_t c : counts) sum += (static_cast<double>(c) - expected) * (static_cast<double>(c) - expected) / expected;
    return sum;
}

/// The value that chi-square with this many degrees of freedom exceeds with probability about 1e-6
/// (Wilson and Hilferty 1931: the cube root is nearly normal; 4.753 is the normal quantile).
inline double chi_square_bound(double degrees) {
    const double c = 2 / (9 * degrees);
    const double root = 1 - c + 4.753 * std::sqrt(c);
    return degrees * root * root * root;
}

} // namespace caviar::statistics
