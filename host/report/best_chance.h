#pragma once
/// The chance of each of several independent normal variables to be the largest.

#include <span>
#include <vector>

namespace caviar::report {

/// A normal variable; deviation 0 is a point.
struct Normal {
    double mean = 0, deviation = 0;
};

/// P(variable s is the largest) for each, to about 1e-9; points that tie share. They add up to 1.
std::vector<double> best_chances(std::span<const Normal>);

} // namespace caviar::report
