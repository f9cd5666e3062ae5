#pragma once
/// What a sweep will cost, estimated before it begins. FLOPs are those of host/cpu/cost.h.

#include "host/cli/request.h"

namespace caviar::cli {

struct CostEstimate {
    int64_t sampled = 0;        ///< settings drawn from the space for the estimate
    int64_t trials = 0;         ///< that the sweep trains
    double flops = 0;           ///< of all of them, were each to run all its epochs
    double median_weights = 0, most_weights = 0;
    double peak = 0;            ///< measured multiply-add peak of this machine, FLOP/s, all threads
    double seconds() const { return flops / (peak * share); }
    static constexpr double share = 0.4; ///< of the peak that mixed networks reach (DESIGN.md section 10: W3 at least 30 %, W1 50 %)
};

/// Draws settings at random and counts their floating-point operations; measures the peak for a fraction of a second.
CostEstimate estimate_cost(const Resolved&);

} // namespace caviar::cli
