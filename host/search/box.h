#pragma once
/// The part of the space that a round samples: one interval of unit coordinates per numeric parameter, one weight per choice.

#include "host/search/history.h"

#include <cstddef>
#include <limits>
#include <vector>

namespace caviar::search {

/// One parameter's part of a box.
struct Side {
    double low = 0, high = 1;        ///< numeric: the interval, on the parameter's own scale
    std::vector<double> weights;     ///< choice: how likely each value is; they add up to 1, a repeated value has its weight at its first place
    size_t active = 0;               ///< elites in which the parameter counted
    double elite_low = std::numeric_limits<double>::quiet_NaN(), elite_high = elite_low; ///< where they lie; numeric
    std::vector<size_t> elite_count; ///< how many of them have each value; choice
    double width() const { return high - low; }
};

struct Box {
    std::vector<Side> sides;     ///< one per parameter
    std::vector<size_t> elites;  ///< the trials it was drawn around, best first, as indices into the history
    size_t seen = 0;             ///< how many trials it was learnt from
};

/// The whole space.
Box whole(const SearchSpace&);

/// The next box around the best `elites` of the first `among` trials. A numeric side becomes the interval that holds the
/// elites less a tenth at either end (one freak does not hold it open), plus a margin for what lies between and beyond them;
/// it never shrinks to less than two fifths of what it was, so one lucky round cannot shut out the rest. A choice is weighted by
/// the share of its trials that became elites, shrunk towards the common share, so that what was tried often has no
/// advantage; no value falls to zero. A parameter learns from the trials in which it counted; from fewer than three it does not.
Box narrowed(const SearchSpace&, const History&, const Box& before, size_t among, size_t elites);

/// How many trials a round's box is drawn around: a fifth of the trials seen for the first zoom, half that share for each further
/// one, at least 6.
size_t elite_count(size_t finite_trials, int32_t round);

} // namespace caviar::search
