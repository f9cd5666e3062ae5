#pragma once
/// The one look at the test part.

#include "caviar/sweep.h"

namespace caviar::study {

/// Evaluates the kept weights of `best` on the test part; empty where there is no test part.
/// Throws RuntimeFailure where the study holds no weights for it.
std::optional<TestReport> evaluate_test(const SweepSettings&, const Dataset&, Engine&, const Study&, const TrialRow& best);

} // namespace caviar::study
