#pragma once
/// A study: one SQLite file that holds settings, trials, curves, rounds and the best weights. Killed at any moment it loses
/// at most what was not yet recorded, and that is trained again to the same bits.

#include "caviar/engine.h"
#include "caviar/model.h"
#include "caviar/trial.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace caviar {

struct StudyHeader {
    std::string settings;     ///< JSON: everything that decides what the sweep computes, resolved
    std::string fingerprint;  ///< of the data
    std::string data;         ///< where the data was, for `resume`
    std::string build;        ///< caviar version, compiler, engine and instruction set: bits agree on one build only
    Metric metric = Metric::accuracy;
    int32_t keep_weights = 10; ///< weights of this many best trials are kept
    std::shared_ptr<const Model> initial = {}; ///< all trials start from its weights, and its preprocessing is the data's; null: each from its own
};

struct RoundRecord {
    int32_t round = 0;
    std::string state;    ///< Sampler::state() as the round was asked; of a round that confirms: host/study/confirmation.h
    std::string explanation;
};

/// A change in mid-training: once the trial had trained so many epochs, it took over the net of another trial as that was after as
/// many, or went on with other settings, or both. What came before all changes are the trial's own settings. In a panda's study the
/// events of a branch tell all that happened to its net from the first epoch on, so it trains again alone; the one event with
/// copied_from says where it left which other branch.
struct Event {
    TrialId trial = 0;
    int32_t epoch = 0;
    std::optional<TrialId> copied_from;
    Configuration changes; ///< hyperparameters by name, of those that changed
    bool operator==(const Event&) const = default;
};

/// One go at the trials of a study, from opening it to the end or a kill, and what they trained on.
struct Run {
    std::string engine, device; ///< as Capabilities
    int threads = 1;
};

/// A row of `caviar trials`.
struct TrialRow {
    Trial trial;
    TrialResult result;   ///< its curve is empty where the query did not ask for curves
    Score score;
    int32_t epochs = 0;   ///< trained
    double metric = std::numeric_limits<double>::quiet_NaN(); ///< the study's, at the best epoch; NaN where there is none
    int32_t run = -1;     ///< that trained it: its place in Study::runs; -1: not known, as in studies made before runs were kept
    std::string device = {}; ///< of that run; empty: not known
};

/// How far a study is.
struct StudyCounts {
    int64_t trials = 0, waiting = 0, complete = 0, diverged = 0, stopped = 0;
    int64_t epochs = 0;      ///< of all finished trials
    double seconds = 0;      ///< that workers spent on them
    int64_t finished() const { return trials - waiting; }
};

struct TrialQuery {
    /// score, id, or any name that a filter takes. Trials that have no such value (waiting, or the hyperparameter not
    /// active in them) come last; ties go by id.
    std::string sort = "score";
    bool descending = false;
    int64_t top = -1;                 ///< at most this many; -1: all
    std::optional<TrialState> state;
    std::vector<TrialId> ids;         ///< only these; empty: all
    bool curves = false;              ///< fill result.curve
    /// "learning_rate<0.01 and optimizer=adam": comparisons (< <= > >= = !=) joined by `and`. Names are hyperparameters and
    /// id, round, state, badness, metric, loss, best_epoch, epochs (trained; settings.epochs is the hyperparameter), seconds. A trial in which a hyperparameter is
    /// not active meets no comparison with it. Throws UsageError with the place in the text.
    std::string filter;
};

class Study {
public:
    /// Creates the file. Throws RuntimeFailure: exists already, folder read-only, disk full.
    static std::unique_ptr<Study> create(const std::string& path, const StudyHeader&);
    /// Opens for writing; one writer at a time. Throws RuntimeFailure: not a study, made by a newer caviar, another process holds it.
    static std::unique_ptr<Study> open(const std::string& path);
    /// Opens for reading, also while another process writes.
    static std::unique_ptr<Study> read(const std::string& path);
    virtual ~Study() = default;

    virtual const std::string& path() const = 0;
    /// Is the file there still the one that was opened? Where it was removed or replaced, what is written is lost, so every call
    /// that writes throws RuntimeFailure.
    virtual bool in_place() const = 0;
    virtual StudyHeader header() const = 0;

    /// Results recorded from now on are of a new run, on this device. Where nobody says so, they are of no run.
    virtual void begin_run(const Capabilities&) = 0;
    /// In the order in which they began; some may have recorded nothing.
    virtual std::vector<Run> runs() const = 0;

    /// A round asked for: its record and its trials in state waiting, in one transaction. Rounds and ids must go on densely.
    /// Of a trial its configuration is stored: the hyperparameters must be those that `make_trial` (sweep.h) gives. UsageError.
    virtual void add(const RoundRecord&, std::span<const Trial>) = 0;
    /// Results and, for those among the best so far, their weights (nullptr elsewhere), in one transaction: all or none.
    /// The weights kept at last are those of the best `keep_weights` complete trials by (score, id), in whatever order they
    /// finished. Throws UsageError for a trial that was never added, is recorded already or is still waiting.
    virtual void record(std::span<const TrialResult>, std::span<const Weights* const> weights) = 0;
    /// What happened to trials in mid-training, in one transaction; an event of the same trial and epoch is replaced. UsageError for a
    /// trial that was never added.
    virtual void record_events(std::span<const Event>) = 0;
    /// The events of one trial, in the order of epochs.
    virtual std::vector<Event> events(TrialId) const = 0;
    /// Keeps the weights of a finished trial that is not among the best `keep_weights`; at the next `record` these alone are kept
    /// again.
    virtual void keep(TrialId, const Weights&) = 0;
    /// All that `writes` writes into this study is one transaction: all or none.
    virtual void together(const std::function<void()>& writes) = 0;
    /// A recorded trial waits again, so that it can be recorded with more epochs: its result, curve, times and weights are taken out, its events
    /// and checkpoints stay. One that waits is left alone. UsageError for a trial that was never added.
    virtual void reopen(TrialId) = 0;
    /// Keeps what Population::checkpoint gave once the trial had trained so many epochs; one of the same epoch is replaced.
    virtual void keep_checkpoint(TrialId, int32_t epoch, std::span<const std::byte>) = 0;
    virtual void drop_checkpoint(TrialId, int32_t epoch) = 0;
    /// The epochs that a trial has checkpoints of, in order.
    virtual std::vector<int32_t> checkpoints(TrialId) const = 0;
    /// Empty where there is none.
    virtual std::vector<std::byte> checkpoint(TrialId, int32_t epoch) const = 0;
    /// Would a trial with this score have its weights kept? Ties go to the lower id.
    virtual bool keeps(const Score&, TrialId) const = 0;
    /// Free-form facts under a key ("test", "finished"), JSON text.
    virtual void note(const std::string& key, const std::string& json) = 0;
    virtual std::optional<std::string> note(const std::string& key) const = 0;

    virtual int64_t size() const = 0;
    virtual StudyCounts counts() const = 0;
    virtual std::vector<RoundRecord> rounds() const = 0;
    /// Calls `take` with one row after the other, in the order asked for, of one state of the file: no more than a row is in memory at a time. It may
    /// read from the study.
    virtual void each_trial(const TrialQuery&, const std::function<void(TrialRow)>& take) const = 0;
    std::vector<TrialRow> trials(const TrialQuery&) const; ///< all rows at once
    /// The net to use: of the setting that is ahead, the complete trial with the best score; empty where no trial is complete.
    /// The setting ahead is the one with the best mean over its fresh seeds where some were confirmed, else over all its seeds
    /// (host/study/candidate.h).
    virtual std::optional<TrialRow> best() const = 0;
    virtual std::optional<Weights> weights(TrialId) const = 0;
};

/// The score of an epoch under a metric. Infinite where the metric is not finite.
Score score(const EpochLosses&, Metric);
/// The score of a result under a metric: its best epoch's. Infinite where it has none, diverged, or the metric is not finite.
Score score(const TrialResult&, Metric);

} // namespace caviar
