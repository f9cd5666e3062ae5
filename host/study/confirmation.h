#pragma once
/// The round in which the best settings train again with fresh seeds, and what of a budget is left for it.

#include "caviar/sweep.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace caviar::study {

/// A round that confirms, as its record holds it. Its trials: `seeds` of the first setting, then of the next.
struct Confirmation {
    std::vector<TrialId> leaders; ///< for each setting the first trial that trained it, the best setting first
    int32_t seeds = 0;
    int64_t budget = 0;           ///< of the sweep, when the round was added
    bool exhausted = false;       ///< the sampler had nothing more to ask
};
RoundRecord to_round(const Confirmation&, int32_t number);
/// Empty for a round that a sampler asked. Throws RuntimeFailure for a text that none of ours is.
std::optional<Confirmation> confirmation_in(const RoundRecord&);

/// How the trials that a budget still allows are divided.
struct Division {
    int64_t search_end = 0;     ///< the search goes on until there are so many trials in all
    int32_t settings = 0;       ///< then so many are confirmed
    int64_t configurations = 0; ///< of the whole search, for samplers that plan their rounds; 0: no end
    bool spent = false;         ///< this budget has been confirmed: nothing is left
    bool exhausted = false;     ///< and the sampler had nothing more to ask
    int64_t begin = 0;          ///< the first trial after the last round that confirmed
};
/// Given the rounds that the study has. A pure function of settings, budget and rounds that confirm, so that it is the same after
/// an interruption. A confirmation takes at most half of the trials that there are since the last one.
Division divide(const SweepSettings&, const Study&, int64_t budget);
/// The same for a study without rounds and the settings' own budget.
Division divide(const SweepSettings&);

/// How many trials such a budget (INT64_MAX: no end) leads to: all points of a grid with their seeds, and what confirms the best, may
/// be fewer.
int64_t trials_in_all(const SweepSettings&, int64_t budget);

/// What the sampler is made with: its budget is in configurations.
SamplerOptions sampler_options(const SweepSettings&, const Division&);

/// Throws UsageError where confirm, repeats and folds do not go with the other settings, with the reason.
void check_seeds(const SweepSettings&);

} // namespace caviar::study
