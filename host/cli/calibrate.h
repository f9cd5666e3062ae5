#pragma once
/// How fast this machine trains a few trials like those of a sweep, measured.

#include "caviar/engine.h"

#include <span>
#include <string>

namespace caviar::cli {

struct Calibration {
    int64_t trials = 0, rows = 0; ///< that were trained, and on how many training rows
    int32_t epochs = 0;           ///< each
    double flops = 0;             ///< host/core/cost.h
    double seconds = 0;           ///< as if the whole engine had been at work on them all the time
    /// Operations a second, validation and all else included; 0 where nothing could be trained.
    double rate() const { return seconds > 0 ? flops / seconds : 0; }
};

/// Trains some of `trials` (ordered by cost; evenly chosen), for about a second in all: first little, which also warms the engine up, then more
/// until the time that it takes can be told. Where the data or the networks are large, on the first rows only.
Calibration calibrate(Engine&, const Dataset&, std::span<const Trial> trials, const PopulationOptions&);

} // namespace caviar::cli
