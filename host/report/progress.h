#pragma once
/// The line that a terminal shows while a sweep runs. Pure: text from a moment, nothing is printed here.

#include "caviar/metric.h"
#include "caviar/sweep.h"

#include <string>

namespace caviar::report {

struct ProgressStyle {
    int width = 80;            ///< columns of the terminal; the line takes at most one less, so that it never wraps
    bool colour = false;
    int64_t already_done = 0;  ///< trials that were done before this run began (resume): they say nothing of its speed
};

/// "round 2  [=====>    ]  128 of 512 trials  31 / s  12 s left  best accuracy 0.9731 (trial 97)". Narrow terminals lose the
/// bar first, then the round, the rate, the time left; the count and the best stay longest.
std::string progress_line(const SweepProgress&, Metric, const ProgressStyle& = {});

/// The same facts for a log file: a plain line, no bar, not cut.
std::string progress_text(const SweepProgress&, Metric, int64_t already_done = 0);

/// The validation metric of a trial at its best epoch: the row's, or from its curve, or from its score, whichever is filled.
double best_metric(const TrialRow&, Metric);

} // namespace caviar::report
