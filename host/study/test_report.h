#pragma once
/// The one look at the test part.

#include "caviar/sweep.h"

namespace caviar::study {

/// Evaluates the kept weights of `best`, the study's best, on the test part, or those of its refit where the study cross-validates; empty where
/// there is no test part. Throws RuntimeFailure where the study holds no weights for it.
std::optional<TestReport> evaluate_test(const SweepSettings&, const Prepared&, Engine&, const Study&, const TrialRow& best);

} // namespace caviar::study
