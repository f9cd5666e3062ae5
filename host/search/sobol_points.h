#pragma once
/// A scrambled Sobol sequence over a space.

#include "caviar/space.h"
#include "host/search/sobol_sequence.h"

#include <cstdint>
#include <vector>

namespace caviar::search {

inline constexpr int64_t most_sobol_points = int64_t{1} << 32;

/// The sequence has a dimension for each parameter that varies, in the order of the space, and then `more`.
class SobolPoints {
public:
    SobolPoints(const SearchSpace&, uint64_t seed, uint64_t number, size_t more = 0);
    /// One coordinate per parameter, 0 for a constant, then the others. 0 <= index < most_sobol_points.
    std::vector<double> at(int64_t index) const;

private:
    std::vector<bool> varies_;
    ScrambledSobol sequence_;
};

} // namespace caviar::search
