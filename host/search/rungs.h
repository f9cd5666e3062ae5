#pragma once
/// What schedulers share: the epochs at which trials are compared, and how trials do there.

#include "caviar/scheduler.h"

#include <cstdint>
#include <span>
#include <vector>

namespace caviar::search {

/// floor(most / eta^k) for all k >= 0 that leave `least` or more, ascending; the last is `most`.
std::vector<int32_t> rungs(int32_t least, int32_t most, double eta);

/// The best score within the first `epochs`; infinite where there are none, or where it diverged within them.
Score best_within(const Standing&, int32_t epochs);

/// Has it ended by itself or so many epochs?
inline bool reached(const Standing& s, int32_t epochs) { return s.ended || s.epochs() >= std::min(epochs, s.most); }

/// Indices of these, the best within the first `epochs` first; ties go to the lower index.
std::vector<size_t> ranked(std::span<const Standing>, std::vector<size_t> which, int32_t epochs);

/// Takes a cohort through its rungs (Jamieson and Talwalkar 2016, "Non-stochastic Best Arm Identification", algorithm 1, with epochs
/// as the resource): at the rung k, counted from 0, floor(n / eta^(k+1)) of the n trials it began with go on, one at least.
void halve(std::span<const Standing>, std::vector<size_t> cohort, std::span<const int32_t> rungs, double eta, Decision&);

} // namespace caviar::search
