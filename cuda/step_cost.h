#pragma once
/// How long a step takes in the tiers for nets that no SM holds, roughly: what the choice between them follows from.

#include "caviar/hyperparameters.h"

#include <cstdint>
#include <span>

namespace caviar::cuda {

struct StepSeconds {
    double streamed; ///< on one SM
    double grouped;  ///< alone on the device
};

/// Of a minibatch of `batch` rows; widths: inputs, hidden..., outputs. A function of these alone: assumed is one device, whatever
/// the real one. bench/PREDICTIONS.md says what is assumed and that none of it has been measured.
StepSeconds predict_step(const Hyperparameters&, std::span<const int32_t> widths, int32_t batch);

} // namespace caviar::cuda
