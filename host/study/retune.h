#pragma once
/// Does the winner of a study still hold on new data? Its settings are trained afresh with a few seeds, beside the next best settings and fresh
/// points of the space; only where one of these is better by more than the seeds' noise does the search go on.

#include "caviar/sweep.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace caviar::study {

/// How the first trials of a retuning study are dealt out: trials 0 to seeds - 1 have the old winner's settings, the next `tops` the next best
/// ones of the old study; all others are fresh.
struct RetunePlan {
    int32_t seeds = 5;
    int32_t tops = 5; ///< as many as there are, after retune_settings
};

/// The settings of a study that retunes: `data` (its file, target, split, reading) with all else as the old study has it, and coarse-to-fine with
/// so many trials, begun as the plan says. Throws RuntimeFailure where the old study has no complete trial.
SweepSettings retune_settings(const Study& old, SweepSettings data, RetunePlan&, int64_t trials);

enum class Verdict : uint8_t {
    model_holds,    ///< the old net does as well on the new data as anything trained on them
    settings_hold,  ///< its settings do, once trained again
    settings_fail   ///< others are better by more than noise
};

struct RetuneReport {
    Verdict verdict = Verdict::settings_fail;
    int32_t seeds = 0;      ///< of the old winner's settings that converged
    double mean = 0, deviation = 0; ///< of their metric; deviation over n - 1
    int64_t others = 0;     ///< next best and fresh settings in the comparison
    std::optional<TrialRow> best_other;
    double margin = 0;      ///< by how much the best of so many must be better than the mean, to be so by more than noise
    double model_margin = 0; ///< by how much the old net may be worse
};

/// The comparison after the first two rounds (what was taken over; the rest of coarse-to-fine's first). `as_is`: the old net's metric on
/// the new validation rows; empty where it could not read them. The margins take the noise for normal, with the seeds' deviation s: the best of n others is
/// better by more than s sqrt(1 + 1/seeds) z(1 - 0.05 / n) in one of twenty studies in which all are alike (Bonferroni's inequality).
RetuneReport judge(const Study&, const RetunePlan&, std::optional<double> as_is);

/// Is retuning done after this round? After the second it is where model or settings hold; after a later one where its best is not better
/// than the best before by more than the seeds' deviation.
bool retuned_enough(const Study&, const RetunePlan&, std::optional<double> as_is, int32_t round);

} // namespace caviar::study
