#pragma once
/// `caviar report --json`:
///   {"study": "adult.db", "state": "finished",           or unfinished, empty
///    "metric": "accuracy", "higher_is_better": true,
///    "settings": {..},                                   as in the sweep's document
///    "counts": {"trials": .., "waiting": .., "complete": .., "diverged": .., "stopped": ..}, "epochs": .., "training_seconds": ..,
///    "best": trial or null, "runner_up": trial or null,  the best of other settings
///    "test": {..} or null,                               as in the sweep's document; null until the sweep has ended
///    "winner": {..} or null,                             how sure it is, as in the sweep's document
///    "search": [{"rounds": [first, last], "trials": [first, last], "finished": .., "diverged": .., "best": .., "median": ..,
///                "best_so_far": .., "box": {"learning_rate": {"low": .., "high": ..}, "optimizer": {"adam": 0.6, ..}}}, ...],
///    "importance": {"trials": .., "agreement": .., "told": true,   null where there is too little to tell
///                   "effects": [{"name": .., "share": .., "low": .., "high": .., "values": [..], "ranks": [..]}, ...],
///                   "interactions": [{"names": [.., ..], "share": .., "low": .., "high": .., "ranks": [[..], ..]}, ...]},
///    "stopped": {"after": {"5": 40, ..}, "epochs_possible": ..},
///    "lineage": [{"trial": .., "epoch": .., "settings": {..}}, ...],
///    "advice": [{"why": .., "flags": ..}, ...],             empty of a panda
///    "branches": [trial, ...]}                           only of a panda: by id, with their events
/// `told`: false where no effect can be told from chance, and shares mean nothing. `ranks` of an effect are the mean ranks (0: the best trial, 1: the worst) at `values`, over all else; of an interaction, at the values of
/// the first (rows) and the second. Interactions are the ten largest.

#include "host/cli/documents.h"
#include "host/importance/importance.h"
#include "host/report/advice.h"
#include "host/report/study_facts.h"

namespace caviar::cli {

/// The importance with its largest interactions, `most_pairs` at most.
Document importance_document(const importance::Importance&, const SearchSpace&, size_t most_pairs);
Document report_document(const Study&, const report::StudyFacts&, const std::optional<importance::Importance>&, const std::vector<report::Advice>&);

} // namespace caviar::cli
