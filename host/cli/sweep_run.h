#pragma once
/// What sweep, resume and demo share: say what the data are, train, show what came of it.

#include "host/cli/command.h"
#include "host/cli/data_place.h"
#include "host/cli/request.h"
#include "host/core/phase_clock.h"

#include <optional>
#include <string>

namespace caviar::cli {

/// The data in a few lines on stderr: rows, columns, task, classes, split, warnings.
void describe_data(Context&, const SweepSettings&, const Prepared&);

/// "DATA's stem.db" in the current folder: adult.csv.gz -> adult.db, digits -> digits.db.
std::string default_study_path(const std::string& data);

/// What sweep, resume and demo have in common.
struct RunFlags {
    bool json = false, stats = false, quiet = false;
    double seconds = 0; ///< end after so long; 0: never
    std::optional<double> target;
};
/// --time, in seconds; the flags must not move.
void add_time_flag(CLI::App&, double& seconds, const std::string& help);
void add_run_flags(CLI::App&, RunFlags&);

/// Runs the study to its end and prints the result: tables, or with --json one document. Make an Interrupt first. Throws
/// Error(interrupted) after printing the best so far and how to resume, RuntimeFailure after printing what to try where the budget is spent and
/// no trial came to an end that counts. `more`: suggestions after its own. `clock`: what --stats
/// prints is wanted, with the time since the clock was made.
void run_and_report(Context&, const SweepSettings&, const Prepared&, Engine&, Study&, const RunFlags&, const Suggestions& more = {},
                    const PhaseClock* clock = nullptr);

/// Creates the study, or goes on with the one that is there. Throws UsageError where that one was made with other settings,
/// naming them. The settings to go on with are the study's, but for the paths and the budget.
std::unique_ptr<Study> open_or_create(const std::string& path, const Resolved&, SweepSettings&, Engine&, bool& created);

/// The same for settings as asked: makes the study, or goes on with the one that is there. Throws UsageError where that one was
/// made with other settings, naming them; how many settings are confirmed is the study's where nobody said it. A study that it made and that got no trial, as something failed, is removed again.
/// Both throw RuntimeFailure, after showing the result, where the study's file was removed or replaced meanwhile.
void sweep_into(Context&, const std::string& path, const Resolved&, Engine&, const RunFlags&, const Suggestions& more = {},
                    const PhaseClock* clock = nullptr);

/// The winner on validation and test rows, beside the trivial baseline.
void show_test(Context&, const TestReport&);
/// How sure it is, in up to three lines.
void show_winner(Context&, const WinnerReport&, const SweepSettings&, Metric);

/// Removes the study's file and what SQLite keeps beside it, and closes it; leaves alone what has taken its place.
void remove_study(std::unique_ptr<Study>);

} // namespace caviar::cli
