#pragma once
/// A sweep: the loop that asks a sampler, trains on an engine and records in a study.

#include "caviar/engine.h"
#include "caviar/preprocessing.h"
#include "caviar/sampler.h"
#include "caviar/scheduler.h"
#include "caviar/study.h"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace caviar {

/// Before a winner is named, the settings that did best train again: the best of many noisy scores owes some of it to luck.
struct ConfirmOptions {
    int32_t settings = 0; ///< how many; 0: none
    int32_t seeds = 3;    ///< fresh ones for each, a trial a seed
    int64_t trials() const { return int64_t{settings} * seeds; }
    bool operator==(const ConfirmOptions&) const = default;
};

/// The saved model that every trial starts from.
struct Initial {
    std::string file;                   ///< where it came from; empty: there is none, every trial draws its own first weights
    std::string hash;                   ///< of the model: see hash_of
    std::shared_ptr<const Model> model; ///< not part of the JSON, but of the study's header
    bool operator==(const Initial& other) const { return hash == other.hash; }
};
/// Tells one model from another: weights, shape, activation, loss, scaling, preprocessing.
std::string hash_of(const Model&);

/// The resolved settings: with the data and the build they decide every bit of the result. Written to the study as JSON.
struct SweepSettings {
    std::string data;                ///< path, or the name of a built-in data set
    std::string valid_file, test_file;
    std::string valid_labels, test_labels; ///< files with the labels of these, as read.labels has those of the data
    ReadOptions read;
    PrepareOptions prepare;
    std::optional<Loss> loss;        ///< empty: by task
    std::optional<Metric> metric;    ///< empty: by task
    SearchSpace space;
    Hyperparameters defaults;        ///< what the space does not name
    SamplerOptions sampler;          ///< sampler.seed is the study's seed, sampler.trials the budget: all trials, each a net trained
    SchedulerOptions scheduler;
    ConfirmOptions confirm;          ///< its trials are the last of the budget
    int32_t repeats = 1;             ///< seeds for each setting of the search, a trial a seed; the sampler is told their mean
                                     ///< Where `prepare.folds` are each to validate, a trial a fold instead: trial id validates on fold id % count.
    int32_t keep_weights = 10;
    Initial initial;                 ///< fixes layers, units, activation and scaling: see begin_with

    bool cross_validates() const { return prepare.folds.each(); }
    int32_t nets_for_each() const { return cross_validates() ? prepare.folds.count : repeats; } ///< trials of a setting of the search, with ids in turn
};
/// Lets every trial start from a model: its hidden layers, activation, scaling and loss become those of the settings. Throws UsageError where task
/// or loss are set and others.
void begin_with(SweepSettings&, Initial);
/// Does a model to start from leave no choice of this hyperparameter? Then it is none of the space's.
bool fixed_by_initial(std::string_view name);
/// Numbers read back to the same bits.
std::string to_json(const SweepSettings&);
SweepSettings settings_from_json(const std::string&); ///< throws RuntimeFailure for text that is not settings

/// The trial that a configuration stands for: the space resolves it over the defaults; its seed is its id, unless the space
/// sets `seed`. So trials of one configuration differ in their seeds.
Trial make_trial(const SweepSettings&, TrialId, int32_t round, Configuration);

/// The most epochs that a trial of these settings may have.
int32_t most_epochs(const SweepSettings&);

/// What bits depend on besides settings and data: caviar's version, a hash of the sources that decide bits, compiler, C library,
/// engine and instruction set.
std::string build_name(const Engine&);

/// The header of a new study for these settings.
StudyHeader make_header(const SweepSettings&, const Prepared&, const Engine&);

/// A moment of a sweep, for progress lines.
struct SweepProgress {
    int32_t round = 0;
    int64_t trials_done = 0, trials_in_all = 0, epochs_done = 0;
    std::optional<TrialRow> best;
    double seconds = 0;
    std::string message;      ///< a new round's explanation, a warning; empty otherwise
};

struct SweepControl {
    /// Asked: saves the trials that are finished and returns. Those under way are trained from their start by the next run.
    std::stop_token stop;
    std::function<void(const SweepProgress&)> on_progress; ///< on the calling thread
    double report_every = 0.1; ///< seconds at least between two reports; a new round and the end of a batch always report
    double save_every = 1;     ///< seconds at most between two commits while trials finish
    double most_seconds = 0;   ///< end after so long, as if asked to stop, under pbt with the cohort that trains then; 0: never
    std::optional<double> target; ///< end once a trial's metric is this good
    /// Asked after every round, those of an earlier run too: true ends the sweep in order. It must go by what is recorded alone.
    std::function<bool(int32_t round)> enough;
};

/// How the winner does on the test part, against the trivial baseline. Of settings that were cross-validated, it is the net trained again on all
/// rows but the test rows (host/study/refit.h) that is measured, and the validation metric and its baseline are means over the folds.
struct TestReport {
    TrialId trial = 0;
    Metric metric = Metric::accuracy;
    double valid = 0, test = 0, valid_baseline = 0, test_baseline = 0;
    std::vector<std::pair<Metric, double>> others; ///< every other metric that fits, on the test part
    std::optional<int32_t> refit_epochs = {};      ///< that the net trained for; empty where it is the trial's own
    bool operator==(const TestReport&) const = default;
};
/// The text of a study's note "test".
std::string to_json(const TestReport&);
TestReport test_report_from_json(const std::string&); ///< throws RuntimeFailure

/// How sure it is that the winner is the best, as J. Bergstra and Y. Bengio, "Random Search for Hyper-Parameter Optimization",
/// JMLR 13, 2012, section 2.1, reckon it. A setting's validation score is taken as normal around what was measured (the mean over
/// its seeds), with the variance that comes of the number of rows (host/core/metric_variance.h) and, where it has several seeds,
/// that of their mean. The chance is P(the winner's is the best of all compared), these being independent. Compared are the
/// confirmed settings where there are any, else the best 1000 of the search. Folds differ in their rows, so of settings that were cross-validated
/// the variance of the mean over the folds is all there is; their nets on the test part are not measured.
struct WinnerReport {
    TrialId trial = 0;                ///< the net: of the winning setting's trials the one with the best validation score
    std::vector<TrialId> seeds;       ///< trials that the setting's score is the mean of: the fresh ones where it was confirmed
    bool confirmed = false;
    std::optional<double> mean, deviation; ///< of the validation metric over the seeds; no deviation for a single one
    std::optional<double> chance;     ///< P(best)
    int64_t compared = 0;             ///< settings
    /// The test metric of the net that the sweep would have named, weighed by all settings' chances: mean and deviation of the
    /// mixture. Only the nets whose weights the study keeps can be measured; `test_share` is the share of the chances that they
    /// hold. Empty without test rows.
    std::optional<double> test_mean, test_deviation, test_share;
    bool operator==(const WinnerReport&) const = default;
};
/// The text of a study's note "winner".
std::string to_json(const WinnerReport&);
WinnerReport winner_report_from_json(const std::string&); ///< throws RuntimeFailure

struct SweepOutcome {
    /// all: the budget of trials is spent. time, target, enough: what SweepControl set was reached; the sweep can go on.
    enum class End : uint8_t { all, interrupted, time, target, enough };
    End end = End::all;
    bool interrupted() const { return end == End::interrupted; }
    int64_t trials = 0, diverged = 0, epochs = 0;
    double seconds = 0, training_seconds = 0;
    std::optional<TrialRow> best;     ///< Study::best
    std::optional<TestReport> test;   ///< empty where interrupted or nothing converged
    std::optional<WinnerReport> winner; ///< the same
    std::vector<std::string> warnings;
    std::vector<TierStatistics> tiers; ///< how this run trained; empty where there was nothing left to train
};

/// Runs, or goes on with, the sweep of a study until its budget is spent, or the control's time or target is reached: then the best so
/// far is evaluated on the test part too, and the next run goes on. Rounds already asked are told from the study, their
/// unfinished trials trained, then new rounds asked: the end is the same however often it was interrupted. The last round of a
/// budget confirms: it trains the best settings again, to their end whatever the scheduler. At the end the best trial is
/// evaluated on the test part and the notes "test", "winner", "warnings" and "finished" are written; a finished study returns its
/// outcome untrained. A larger `sampler.trials` than the study's goes on with more trials under random, sobol and grid, and stays
/// the study's budget; the other samplers plan their rounds from the budget, so there it is an error. A smaller one counts as the
/// study's. What was confirmed stays so, and the new trials are divided anew, at most half of them for a further confirmation.
/// Throws UsageError where settings of `confirm`, `repeats` and folds do not fit the rest, or no network reaches the target.
/// Throws RuntimeFailure where the study is of other data (both fingerprints named), other settings or another build; DeviceError
/// where a net is too big for the memory, before its round is added: what is recorded stays, and the sweep can go on elsewhere.
SweepOutcome run_sweep(const SweepSettings&, const Prepared&, Engine&, Study&, const SweepControl& = {});

/// Reads and prepares the data of the settings (a file or a built-in), under the scalings of `prepare.scalings`, or under the preprocessing of the
/// model that trials start from.
Prepared load(const SweepSettings&);
/// The same of tables in memory, whatever files the settings name.
Prepared load(const SweepSettings&, const Table& table, const Table* valid = nullptr, const Table* test = nullptr);

/// Trains `ids` again, alone, and compares curve, end and kept weights bit for bit with the study; returns the ids that differ.
/// Throws RuntimeFailure for a study of other data or another build, UsageError for a trial that is not finished.
std::vector<TrialId> verify(const SweepSettings&, const Prepared&, Engine&, const Study&, std::span<const TrialId> ids);

} // namespace caviar
