#pragma once
/// What was done on each tier, for `Population::statistics`.

#include "caviar/engine.h"
#include "cuda/device.h"
#include "cuda/plan.h"

#include <map>
#include <vector>

namespace caviar::cuda {

class Ledger {
public:
    /// One tier's part of a launch.
    struct Part {
        int64_t trials = 0;      ///< that trained an epoch or more
        double flops = 0;
        double busy = 0;         ///< share of the launch for which the kernel's warps, if on all multiprocessors, were at work on it
        double occupancy = 0;    ///< the same of all warps that the multiprocessors can hold
        int64_t result_bytes = 0; ///< of its trials' curves and counters
    };
    using Parts = std::map<Tier, Part>;

    /// A launch that took so many seconds and read so many bytes back in all: they are shared out by the size of the results.
    void enter(const Parts&, double seconds, int64_t bytes_read_back);
    /// Bytes read back outside of launches: weights.
    void enter(Tier, int64_t bytes_read_back);

    std::vector<TierStatistics> tiers() const;

private:
    TierStatistics& of(Tier);

    std::map<Tier, TierStatistics> tiers_;
};

/// Parts of a launch with their share of the time that the kernel counted. Classes of which no trial was queued are left out.
void enter_busy(const Tally&, const DeviceKind&, Ledger::Parts&);

} // namespace caviar::cuda
