#pragma once
/// What `--stats` tells of a run: how busy and how fast each tier was, and where the wall time went.

#include "host/cli/documents.h"
#include "host/core/phase_clock.h"

#include <string>
#include <vector>

namespace caviar::cli {

struct Stats {
    PeakRate peak;
    std::vector<TierStatistics> tiers;
    std::vector<PhaseTime> phases; ///< and "other", which is what belongs to none
    double seconds = 0;            ///< wall time, from the command's first step to the end of the sweep

    /// Share of the wall time that was not training (the phase "rung"). What the steering thread does while others train counts here,
    /// so that it is rather too much than too little. NaN where nothing was trained.
    double overhead() const;
};

/// Looks at the clock first: measuring the peak takes time of its own.
Stats gather_stats(const Engine&, const SweepOutcome&, const PhaseClock&);

/// Tables for a person; lines end in '\n'.
std::string stats_text(const Stats&, int width, bool colour);

/// {"seconds": .., "overhead": ..,                        share of the wall time; null where nothing was trained
///  "phases": [{"phase": "load", "times": 1, "seconds": ..}, ...],
///  "peak": {"flops_per_second": .., "basis": ".."},      null: not known, the basis says why
///  "tiers": [{"tier": "cpu", "trials": .., "launches": .., "seconds": .., "busy": .., "flops": .., "flops_per_second": ..,
///             "share_of_peak": .., "bytes_read_back": ..}, ...]}
Document stats_document(const Stats&);

} // namespace caviar::cli
