#pragma once
/// Where the points of a coarse-to-fine search come from: uniform points, which its boxes then bend towards what did well.

#include "caviar/space.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace caviar::search {

/// Every point is a function of the seed and its numbers alone. A model that learns (tpe, gp) stands beside these, not behind them: it wants
/// the box as a space (zoom.h) and the trials inside it, and answers with settings.
class Draw {
public:
    virtual ~Draw() = default;
    /// Point `index` of those spread over the whole space in all rounds together; one coordinate per parameter.
    virtual std::vector<double> anywhere(int64_t index) const = 0;
    /// Point `index` of those a round spreads over its box; one coordinate more, the last.
    virtual std::vector<double> within(int32_t round, int64_t index) const = 0;
};

/// `name`: sobol, scrambled anew for each round, or random: independent, but for the first `strata` over the whole space, which are a
/// Latin hypercube. Throws UsageError for another name; it names the models, too, as coarse-to-fine takes them.
std::unique_ptr<Draw> make_draw(const std::string& name, const SearchSpace&, uint64_t seed, int64_t strata);

} // namespace caviar::search
