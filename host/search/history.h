#pragma once
/// The trials told to a sampler, as points of the unit cube.

#include "caviar/sampler.h"

#include <cstddef>
#include <span>
#include <vector>

namespace caviar::search {

class History {
public:
    explicit History(const SearchSpace& space) : space_(space) {}

    /// Throws UsageError for a value that the space cannot draw.
    void tell(std::span<const Observation>);
    size_t size() const { return ids_.size(); }
    TrialId id(size_t trial) const { return ids_[trial]; }
    /// Infinite badness for a trial that diverged or whose score is not a number.
    const Score& score(size_t trial) const { return scores_[trial]; }
    /// One coordinate per parameter; NaN where the parameter was inactive.
    std::span<const double> units(size_t trial) const { return {units_.data() + trial * width(), width()}; }
    /// The best `count` among the first `among` trials told, best first, ties to the lower id; trials that diverged never count.
    std::vector<size_t> best(size_t among, size_t count) const;
    /// How many of the first `among` did not diverge.
    size_t finite(size_t among) const;

private:
    size_t width() const { return space_.parameters().size(); }
    SearchSpace space_;
    std::vector<TrialId> ids_;
    std::vector<Score> scores_;
    std::vector<double> units_; ///< trials x parameters: a tenth of what the configurations would take
};

} // namespace caviar::search
