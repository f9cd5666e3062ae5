#pragma once
/// The rounds of a model-based search: a first one that sees the whole space, then batches of equal size.

#include "caviar/sampler.h"

#include <cstdint>

namespace caviar::search {

/// A larger batch keeps a machine busy; a smaller one lets each trial know more. Unless the user says, a batch is a twentieth of the
/// budget, from 8 to 256; the first round is at least as large, and holds two trials for each parameter that varies, at least 10.
class Batches {
public:
    /// Throws UsageError for a size of a round that is negative or above 4,096.
    Batches(const SamplerOptions&, size_t varying);
    /// What follows `known` trials: one batch of `count`.
    Batches(int64_t known, int64_t count) : trials_(known + count), size_(count), first_(known) {}

    /// INT64_MAX where there is no end.
    int64_t trials() const { return trials_; }
    /// The round that a trial belongs to.
    int64_t of(int64_t trial) const { return trial < first_ ? 0 : 1 + (trial - first_) / size_; }
    int64_t start(int64_t round) const { return round == 0 ? 0 : first_ + (round - 1) * size_; }
    /// One past the last trial, cut at the budget.
    int64_t end(int64_t round) const;

private:
    int64_t trials_, size_, first_;
};

} // namespace caviar::search
