#pragma once
/// What `caviar report --html` shows: the document of report_document.h, its importance with every pair, and besides
///   "version": "0.1.0",
///   "trials_in_all": ..,                                 rows below are all of them, or of very many the best and every so-many-th
///   "trials": {"id": [..], "round": [..], "state": [..], "metric": [..], "loss": [..], "best_epoch": [..], "epochs": [..], "seconds": [..],
///              "settings": {"learning_rate": [..], ..}}  a column each, by id, with the numbers of `caviar trials --json`; null where inactive
///   "curves": {"id": [..], "at": [1, 2, ..],             the best first, then others evenly by rank; epochs (from 1) of the points of each,
///              "train_loss": [[..], ..], "valid_loss": [[..], ..], "valid_metric": [[..], ..]},   up to its last epoch
///   "efficiency": {"trials": .., "points": [{"size": .., "experiments": .., "lowest": .., "lower_quartile": .., "median": ..,
///                  "upper_quartile": .., "highest": ..}, ..]} or null where no trials are independent draws: see report/efficiency.h
///   "time_line": {"runs": [{"engine": .., "device": .., "threads": .., "began": "2026-11-22T00:31:05.123Z", "seconds": .., "trials": .., "busy": ..,
///                           "under_way": {"complete": [..], "stopped": [..], "diverged": [..]}}, ..],   of all trials: see report/time_line.h
///                 "run": [..], "began": [..], "ended": [..]}   columns beside those of `trials`: a place in `runs`, seconds since that began; null
///                                                         where not known. The whole is null where no trial is dated
/// `branches` of a panda are rows of the same ids.

#include "host/cli/documents.h"
#include "host/cli/report_document.h"

namespace caviar::cli {

Document page_document(const Study&, const report::StudyFacts&, const std::optional<importance::Importance>&, const std::vector<report::Advice>&);

} // namespace caviar::cli
