#pragma once
/// Which hyperparameters mattered, and which go together, from the trials of a study.

#include "host/importance/decomposition.h"
#include "host/search/history.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace caviar::importance {

/// What one hyperparameter does alone, on average over all others and over the whole of its range, wherever the trials were.
struct Effect {
    std::string name;
    Share share;
    std::vector<double> units;  ///< places on its scale ...
    std::vector<double> ranks;  ///< ... and the mean rank of a trial there, 0: the best, 1: the worst
    bool ordered = true;        ///< false: a choice
};

/// What two do together beyond what they do alone.
struct Interaction {
    size_t first = 0, second = 0; ///< into `effects`
    Share share;
    std::vector<double> ranks;    ///< units of the first x units of the second, row-major
};

struct Importance {
    size_t trials = 0;      ///< learnt from
    double agreement = 0;   ///< see Decomposition
    std::vector<Effect> effects;            ///< the largest first
    std::vector<Interaction> interactions;  ///< all pairs, the largest first
    /// Was there anything to be learnt? Else the shares mean nothing. Of 96 samples of pure noise (24 to 300 trials, 4 and 8 dimensions) none
    /// reached this.
    bool told() const { return agreement >= 0.95; }
};

/// The fewest trials that importance is asked of, and the most that it takes in; of more a random sample.
inline constexpr size_t fewest_trials = 24, most_trials = 5000;

/// Scores enter as ranks among the trials, ties at their mean, those that diverged all last: a loss that went to 10^6 counts as
/// the worst, not as a million times worse, and any monotone change of the metric leaves the answer as it is. The variance is over the
/// whole space, every hyperparameter even on its own scale, not over where a search happened to look. Empty where too few trials are told,
/// nothing varies, or all trials did equally well.
std::optional<Importance> importance(const SearchSpace&, const search::History&, uint64_t seed);

} // namespace caviar::importance
