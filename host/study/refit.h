#pragma once
/// The net to use of settings that were cross-validated: each fold's own has left rows out, and which of them did best is luck.

#include "host/study/candidate.h"

namespace caviar::study {

/// As many as the folds' complete nets had trained at their best, on average, rounded.
int32_t refit_epochs(const Candidate&);

struct Refit {
    Weights weights; ///< after the last epoch, as nothing validates
    TrialResult result;
};

/// Trains the candidate's first trial, seed and all, on all rows but the test rows for `refit_epochs`; a schedule runs as over the trial's own
/// epochs. A pure function of the study, its data and the build, unless the control stops it.
Refit refit(const SweepSettings&, const Prepared&, Engine&, const Study&, const Candidate&, const TrainControl& = {});

} // namespace caviar::study
