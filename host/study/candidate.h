#pragma once
/// Settings that are the same but for the seed, or the fold that they were validated on, with the trials that trained them; and which of them is ahead. Who asks for the
/// best trial of a study (the test, export, tables) asks here.

#include "caviar/sweep.h"

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace caviar::study {

struct Candidate {
    TrialId leader = 0;           ///< the first trial that trained it
    std::vector<TrialRow> trials; ///< those that count, by id, without curves: the fresh ones where it was confirmed, else all.
                                  ///< The search's own score made it a candidate, so that one owes more to luck than a fresh one.
    TrialRow best;                ///< of all its trials the complete one with the best score, without its curve
    bool confirmed = false;
    Score score;                  ///< see mean_score
    double metric = std::nan(""); ///< mean over `trials`
    double deviation = std::nan(""); ///< sample standard deviation over `trials`; NaN for fewer than two

    /// All trials that count came to their end with a score.
    bool sound() const;
};

/// Of trials with the same settings: the means; infinite where one of them is: settings that diverge under some seeds are not to
/// be relied on.
Score mean_score(std::span<const TrialRow>);

/// The best of the search by its own trials, at most `top`, best first, ties to the lower leader. Some trial of each is complete;
/// those that are not sound come last.
std::vector<Candidate> searched(const Study&, const SweepSettings&, size_t top);

/// All together, at most `top`: confirmed ones first, whatever the search's scores; those that are not sound last. A round
/// that confirms counts once all of its trials are finished.
std::vector<Candidate> ranking(const Study&, const SweepSettings&, size_t top);

/// The best sound ones of the search, at most `count`, all different, whose settings no round has confirmed.
std::vector<Candidate> to_confirm(const Study&, const SweepSettings&, size_t count);

} // namespace caviar::study
