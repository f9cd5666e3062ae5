#pragma once
/// Trials that a scheduler compares with each other while they train.

#include "caviar/scheduler.h"
#include "host/study/progress.h"
#include "host/study/recorder.h"

#include <span>
#include <vector>

namespace caviar::study {

/// Trains a cohort to its end and records it; trials that are recorded already are not trained again, as the scheduler needs only
/// their curves. `rows`: all trials of the cohort in the order of ids, with curves. False where it was stopped; what was recorded
/// by then stays, the rest begins anew. save_every: seconds at most between two commits. repeats: so many rows in turn differ in
/// their seeds alone; the scheduler sees them as one, by the mean of their scores, so that they go on or stop together.
bool train_cohort(const Scheduler&, Population&, Study&, Progress&, double save_every, std::span<const TrialRow> rows,
                  int32_t repeats);

/// Hyperparameters that differ, by name, with the values of `after`.
Configuration changes(const Hyperparameters& before, const Hyperparameters& after);

} // namespace caviar::study
