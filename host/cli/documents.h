#pragma once
/// The JSON documents that --json prints on stdout. Keys stay; new ones may be added. Numbers are the shortest digits that read
/// back to the same bits; what is not finite or not known is null.
///
/// trial:
///   {"id": 97, "round": 2, "state": "complete",          waiting, complete, diverged or stopped
///    "metric": 0.97,                                      the study's metric on the validation rows, at the best epoch
///    "loss": 0.11,                                        validation loss there
///    "best_epoch": 18, "epochs": 24,                      index of the best epoch; epochs trained
///    "fold": 2,                                           that validated it, from 0; only in `trials` of a study with --cv
///    "seconds": 0.02,                                     time a worker spent on it
///    "began": "2026-11-22T00:31:05.123Z", "ended": ..,    when a worker took it up and laid it down (UTC), and what device it trained on; null
///    "device": "AMD EPYC, 2 threads, avx512",             in studies made before that was kept
///    "settings": {"learning_rate": 0.01, ...},            what varied, as drawn; inactive conditional ones are absent
///    "hyperparameters": {"learning_rate": 0.01, ...},     all of them, resolved
///    "events": [{"epoch": 10, "copied_from": 3 or null,    what pbt or panda changed once so many epochs were trained; only in their studies
///                "changes": {"learning_rate": 0.02}}, ...],
///    "curve": {"train_loss": [...], "valid_loss": [...], "valid_metric": [...]}}   only where curves were asked for
///
/// sweep, resume, demo:
///   {"study": "adult.db", "state": "finished",            or interrupted, time, target
///    "metric": "accuracy", "higher_is_better": true,
///    "data": {"name": .., "fingerprint": .., "task": .., "classes": [..], "inputs": 105,
///             "rows": {"train": .., "valid": .., "test": ..}, "split_seed": 1, "folds": 5 or null, "warnings": [..]},
///    "engine": {"name": "cpu", "device": .., "instruction_set": .., "threads": 2}, "version": "0.1.0",
///    "settings": {..},                                    everything that decides what the sweep computes
///    "trials": 200, "diverged": 3, "epochs": 8123,
///    "seconds": 12.5,                                     of this run
///    "training_seconds": 12.1,                            that workers spent on all trials of the study
///    "best": trial or null,
///    "test": {"trial": .., "metric": .., "valid": .., "test": .., "valid_baseline": .., "test_baseline": .., "others": ..,
///             "refit_epochs": 23} or null,                 with --cv: the net of all rows but the test rows trained so long
///    "winner": {"trial": .., "seeds": [ids], "confirmed": .., "mean": .., "deviation": .., "chance": .., "compared": ..,
///               "test_mean": .., "test_deviation": .., "test_share": ..} or null,      see WinnerReport in caviar/sweep.h
///    "top": [trial, ...],                                 the best ten settings: of each the trial to use, with "seeds": {"trials": [ids],
///                                                         "metric": .., "deviation": ..}, the mean over the trials that count
///    "warnings": [..],
///    "stats": {..}}                                       only with --stats: see stats.h
///
/// trials:  {"study": .., "metric": .., "higher_is_better": .., "counts": {"trials": .., "waiting": .., "complete": ..,
///           "diverged": .., "stopped": ..}, "trials": [trial, ...]}; with --jsonl
///           a trial a line and nothing else
/// retune:  {"study": .., "metric": .., "higher_is_better": ..,
///           "old": {"study": .., "trial": .., "valid": .., "test": ..},      the old winner on its own data
///           "as_is": {"valid": .., "why": ..},                               its net on the new validation rows; or why that is not known
///           "incumbent": {"seeds": 5, "mean": .., "deviation": ..},          its settings trained on the new data
///           "others": {"trials": .., "best": trial or null}, "margin": .., "model_margin": ..,
///           "verdict": "model holds", "settings hold" or "settings fail",
///           "trials": .., "best": trial or null, "test": .. or null, "warnings": [..]}
/// verify:  {"study": .., "checked": [ids], "differ": [ids], "equal": true}
/// report: see report_document.h
/// doctor and bench: see doctor_command.cpp and bench_command.cpp.

#include "caviar/sweep.h"
#include "host/study/candidate.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace caviar::cli {

using Document = nlohmann::ordered_json;

Document document(const Value&);
Document events_document(const std::vector<Event>&);
Document trial_document(const TrialRow&, bool curve);
Document counts_document(const StudyCounts&);
/// The trials of a study one by one, with what happened to them where that is a part of them. The study must outlive it.
class TrialDocuments {
public:
    TrialDocuments(const Study&, bool curves);
    Document operator()(const TrialRow&) const;

private:
    const Study& study_;
    bool curves_, changing_ = false;
    TrialId folds_ = 0; ///< 0: the study has not cross-validated
};
Document trials_document(const Study&, const std::vector<TrialRow>&, bool curves);
Document data_document(const Prepared&, const SweepSettings&);
Document engine_document(const Capabilities&);
Document sweep_document(const SweepSettings&, const Prepared&, const Capabilities&, const Study&, const SweepOutcome&,
                        const std::vector<study::Candidate>& top);

} // namespace caviar::cli
