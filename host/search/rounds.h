#pragma once
/// The rounds of a coarse-to-fine search, planned from its budget.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace caviar::search {

/// Where each round starts, and last the budget itself. The first round takes 40% of the trials (it has the whole space to see), the
/// others share the rest evenly. `rounds` 0 picks them: one more for each doubling of the budget, 4 at 64 trials, 6 at 256, at most 8;
/// every round waits for its slowest trial, so many small ones would leave a machine idle.
class Rounds {
public:
    /// Throws UsageError for negative rounds or more rounds than trials.
    Rounds(int64_t trials, int32_t rounds);

    int32_t count() const { return static_cast<int32_t>(starts_.size()) - 1; }
    int64_t trials() const { return starts_.back(); }
    int64_t start(int32_t round) const { return starts_[static_cast<size_t>(round)]; }
    int64_t size(int32_t round) const { return start(round + 1) - start(round); }
    /// The round that a trial belongs to; count() for one past the budget.
    int32_t of(int64_t trial) const;

private:
    std::vector<int64_t> starts_;
};

} // namespace caviar::search
