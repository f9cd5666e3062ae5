#pragma once
/// How sure it is that the best is the best.

#include "caviar/sweep.h"

namespace caviar::study {

/// See WinnerReport. Empty where no trial is complete. A pure function of the study and the data.
std::optional<WinnerReport> judge_winner(const SweepSettings&, const Dataset&, Engine&, const Study&);

} // namespace caviar::study
