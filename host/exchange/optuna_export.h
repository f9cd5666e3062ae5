#pragma once
/// A study of ours as an Optuna study.

#include "host/exchange/selection.h"

#include <string>

namespace caviar::exchange {

/// Throws UsageError where the name does not say which of the two it is: .db, .sqlite or .sqlite3 is a database, .log or .journal a journal.
void check_optuna_name(const std::string& path);

/// Writes the selected trials, or of a study that cross-validated the selected settings as a trial each; returns how many. Trials that wait are left out: Optuna would take them for its own to train. No trial has a date,
/// as a study of ours knows how long each took but not when. Throws UsageError for the name, RuntimeFailure where the file is there already or
/// cannot be written.
int64_t export_optuna(const Study&, const Selection&, const std::string& path);

} // namespace caviar::exchange
