#pragma once
/// What a sweep will cost, estimated before it begins, and how many trials fit a given time. FLOPs are those of host/core/cost.h.

#include "host/cli/calibrate.h"
#include "host/cli/request.h"

namespace caviar::cli {

struct CostEstimate {
    int64_t sampled = 0;        ///< settings drawn from the space for the estimate
    int64_t trials = 0;         ///< that the sweep trains
    double flops = 0;           ///< of one trial, the mean, were each to run all its epochs
    double median_weights = 0, most_weights = 0;
    double trained = 1;         ///< the share of all epochs that the scheduler lets train
    Calibration calibration;

    /// Of one trial, were the whole machine at work on trials like it; of the sweep. Not a number where the calibration failed.
    double trial_seconds() const { return flops * trained / calibration.rate(); }
    double seconds() const { return static_cast<double>(trials) * trial_seconds(); }
    /// How many trials fit.
    int64_t trials_within(double seconds) const;
};

/// Draws settings at random, counts their floating-point operations, and trains some of them for about a second.
CostEstimate estimate_cost(const Resolved&, Engine&);

/// What a person should do who has so many seconds.
enum class Way {
    panda,   ///< too few trials to search: train one and watch it
    careful, ///< caviar, with a sampler that learns from every trial
    caviar   ///< caviar
};
Way way(const CostEstimate&, double seconds);
/// The same in words, with the reason.
std::string way_text(const CostEstimate&, double seconds);

/// The share of all epochs that trials train under the settings' scheduler: 1 without one. Found by playing it with trials whose scores
/// are drawn at random and stay as they are; early stopping is not counted. Those that confirm train to
/// their end.
double trained_share(const SweepSettings&, int64_t trials);

} // namespace caviar::cli
