#pragma once
/// How long a step takes, roughly: what the choice between the tiers for nets that no SM holds follows from, and the order of a queue.
///
/// In clocks of an SM. Trials' bits hang on the choice, so it follows from their settings and from what makes a device of the same kind
/// (engine.cpp: its capability and its multiprocessors), not from how it happens to be clocked. bench/PREDICTIONS.md says what is
/// assumed and that none of it has been measured.

#include "caviar/hyperparameters.h"
#include "cuda/job.h"

#include <cstdint>
#include <span>

namespace caviar::cuda {

struct StepClocks {
    double streamed; ///< on one SM
    double grouped;  ///< alone on the device
};

/// Of a minibatch of `batch` rows; widths: inputs, hidden..., outputs. multiprocessors: of the device; 0: an H200's.
StepClocks predict_step(const Hyperparameters&, std::span<const int32_t> widths, int32_t batch, int32_t multiprocessors);

/// Of a trial that lives in shared memory, by a team of that class while the SM's others are at work, too.
double predict_resident_step(std::span<const int32_t> widths, int32_t batch, TeamClass);

} // namespace caviar::cuda
