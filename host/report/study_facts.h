#pragma once
/// What a report says of a study, read from its file alone: no data are needed.

#include "caviar/study.h"
#include "caviar/sweep.h"
#include "host/search/history.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace caviar::report {

/// A part of a sweep: a round or some that follow each other; where there is one round only, a quarter of its trials.
struct Stretch {
    int32_t first_round = 0, last_round = 0;
    TrialId first = 0, last = 0;
    int64_t finished = 0, diverged = 0;
    double best = std::numeric_limits<double>::quiet_NaN();   ///< metric of its best trial; NaN where it has none
    double median = best;                                     ///< of its finished trials' metric, diverged ones last; NaN where that one diverged
    double best_so_far = best;                                ///< of it and all before
    std::string state;                                        ///< Sampler::state() of its last round
};

/// One step of how a net came about under pbt: from `epoch` on it trained as `trial`, with these settings.
struct Ancestor {
    TrialId trial = 0;
    int32_t epoch = 0;       ///< had been trained when this began
    Configuration settings;  ///< the first: what varied of it; later ones: what changed
};

struct StudyFacts {
    explicit StudyFacts(const Study&);

    std::string path;
    SweepSettings settings;
    Metric metric;
    StudyCounts counts;
    bool panda = false;                ///< of one babysat model: its trials are branches, there was no search
    int64_t budget = 0;                ///< trials to reach; of a grid at most what it has, see study::trials_in_all
    bool finished = false;             ///< that is done
    bool retuned = false;              ///< by `caviar retune`, which may end before the budget is spent
    std::optional<TrialRow> best;      ///< with its curve
    std::optional<TrialId> leader;     ///< the trial by which the search came upon the settings of the best
    std::optional<TrialRow> runner_up; ///< the best of other settings
    /// What their settings are worth: the trial's metric; the mean over their nets where each has several (seeds, folds). NaN without them.
    double best_metric = std::numeric_limits<double>::quiet_NaN(), runner_up_metric = best_metric;
    std::optional<TestReport> test;    ///< of the best; empty until the sweep has ended
    std::optional<WinnerReport> winner; ///< how sure it is; the same
    std::vector<Stretch> stretches;    ///< of the search, without rounds that confirm
    search::History history;           ///< of all finished trials of the search, by id; under pbt with what their own settings achieved

    int64_t epochs_possible = 0;       ///< of the finished trials, had each trained all its epochs
    std::map<int32_t, int64_t> stopped_after; ///< how many trials a scheduler stopped after how many epochs
    std::vector<Ancestor> lineage;     ///< of the best, oldest first; empty where it was always itself
    std::vector<TrialRow> top;         ///< of the ten best settings the best trial each, without curves
};

/// How the net that trial `id` had in the end came about.
std::vector<Ancestor> lineage(const Study&, TrialId);

} // namespace caviar::report
