#pragma once
/// --trial best, --trial 17.

#include "caviar/study.h"

#include <string>

namespace caviar::cli {

/// The best trial, or that of an id; it has been trained. Without its curve, unless it is the best. Throws UsageError for what is
/// no id or not in the study, RuntimeFailure for a trial that waits.
TrialRow chosen_trial(const Study&, const std::string& text);

} // namespace caviar::cli
