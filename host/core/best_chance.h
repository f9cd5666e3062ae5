#pragma once
/// The chance of each of several independent normal variables to be the largest.

#include <span>
#include <vector>

namespace caviar::core {

/// A normal variable; deviation 0 is a point.
struct Normal {
    double mean = 0, deviation = 0;
};

/// P(variable s is the largest) for each, to about 1e-9; points that tie share. They add up to 1.
std::vector<double> best_chances(std::span<const Normal>);

/// Mean and standard deviation of the mixture: sum of w mu, and sqrt(sum of w (mu^2 + sigma^2) - mean^2). The weights add up to
/// 1.
Normal mixture(std::span<const double> weights, std::span<const Normal>);

} // namespace caviar::core
