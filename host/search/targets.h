#pragma once
/// Scores as a Gaussian process can take them.

#include "host/search/history.h"

#include <cstddef>
#include <vector>

namespace caviar::search {

/// One number for each of these trials, lower is better, of mean 0 and variance 1 (all 0 where all are alike). A score is first
/// measured from the best one, in units of how far the median of the first `design` trials, which are spread over the whole space, lies above it;
/// then its logarithm log(1 + x) is taken: it leaves the order and, near the best, the shape alone, and what is hopeless by far does not
/// set the scale. Beyond a thousand units it is as bad as can be, and so is a trial that diverged.
std::vector<double> targets(const History&, const std::vector<size_t>& trials, size_t design);

} // namespace caviar::search
