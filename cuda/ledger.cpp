#include "cuda/ledger.h"

namespace caviar::cuda {

TierStatistics& Ledger::of(Tier tier) {
    TierStatistics& one = tiers_[tier];
    one.tier = to_string(tier);
    return one;
}

void Ledger::enter(const Parts& parts, double seconds, int64_t bytes) {
    int64_t results = 0;
    for (const auto& [tier, part] : parts) results += part.result_bytes;
    for (const auto& [tier, part] : parts) {
        TierStatistics& done = of(tier);
        done.trials += part.trials;
        ++done.launches;
        done.seconds += seconds;
        done.busy_seconds += seconds * part.busy;
        done.occupied_seconds += seconds * part.occupancy;
        done.flops += part.flops;
        // What the parts before took is gone from both: in the end nothing is left over.
        const int64_t its = results > 0 ? static_cast<int64_t>(static_cast<double>(bytes) * static_cast<double>(part.result_bytes) /
                                                               static_cast<double>(results))
                                        : bytes;
        done.bytes_read_back += its;
        bytes -= its;
        results -= part.result_bytes;
    }
}

void Ledger::enter(Tier tier, int64_t bytes) {
    if (bytes > 0) of(tier).bytes_read_back += bytes;
}

std::vector<TierStatistics> Ledger::tiers() const {
    std::vector<TierStatistics> list;
    for (const auto& [tier, done] : tiers_) list.push_back(done);
    return list;
}

void enter_busy(const Tally& tally, const DeviceKind& kind, Ledger::Parts& parts) {
    const double clocks = static_cast<double>(tally.longest) * kind.multiprocessors;
    if (clocks <= 0) return;
    for (int32_t c = 0; c < class_count; ++c)
        if (const auto part = parts.find(c == streamed_class ? Tier::streamed : Tier::resident); part != parts.end()) {
            part->second.busy += static_cast<double>(tally.worked[c]) / (clocks * (block_threads / warp));
            if (kind.most_warps > 0) part->second.occupancy += static_cast<double>(tally.worked[c]) / (clocks * kind.most_warps);
        }
}

} // namespace caviar::cuda
