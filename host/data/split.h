#pragma once
/// Which rows train, which validate, which test.

#include "caviar/preprocessing.h"

#include <cstdint>
#include <span>
#include <vector>

namespace caviar::data {

/// Positions 0 .. n-1, each in exactly one part; ascending in each.
struct Split {
    std::vector<int64_t> train, valid, test;
};

/// Every stratum (0 .. count-1) is shared out in the same proportions, to a row, and each keeps a row for training.
/// The same strata, shares and seed give the same split on every machine.
Split stratified_split(std::span<const int32_t> strata, int32_t count, double valid_share, double test_share, uint64_t seed);

/// The rows of a split that do not test, dealt out in folds: one validates, the others train; where none is named, all train. Folds differ by a
/// row at most in all, and in each stratum. The test rows stay.
Split deal_out(Split, std::span<const int32_t> strata, int32_t count, const Folds&, uint64_t seed);

/// The share of the values' ranking in which each value lies, 0 .. count-1; ties are ranked in row order.
std::vector<int32_t> quantiles(std::span<const float> values, int32_t count);

} // namespace caviar::data
