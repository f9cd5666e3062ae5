#pragma once
/// When the trials of a study trained, run by run: how many were under way, and how busy the device was.

#include "caviar/study.h"

#include <array>
#include <span>
#include <vector>

namespace caviar::report {

/// A trial that is dated.
struct TimedTrial {
    int32_t run = 0;   ///< its place in Study::runs
    TrialState state = TrialState::complete; ///< what became of it; not waiting
    double began = 0, ended = 0, seconds = 0; ///< as in TrialResult
};
/// Those of all that are finished, by id. A few bytes a trial: there may be millions.
std::vector<TimedTrial> timed_trials(const Study&);

/// What became of trials, in the order of RunTimes::under_way.
inline constexpr std::array time_line_states{TrialState::complete, TrialState::stopped, TrialState::diverged};

struct RunTimes {
    int32_t run = 0;             ///< its place in Study::runs
    double began = 0, ended = 0; ///< of its first and of its last trial, in seconds since 1970
    int64_t trials = 0;
    double busy = 0;             ///< time that workers spent on its trials, as a share of what they had between `began` and `ended`
    double step = 0;             ///< seconds; ended - began over the number of stretches
    /// Trials under way, those that became complete, stopped, diverged: means over stretches of `step` seconds, the first from `began` on.
    std::array<std::vector<double>, time_line_states.size()> under_way;
};

/// Of the runs that trained something, in their order. `stretches`: of all of them together, about; each run has them in proportion to its
/// length, one at least.
std::vector<RunTimes> run_times(std::span<const TimedTrial>, std::span<const Run>, size_t stretches);

} // namespace caviar::report
