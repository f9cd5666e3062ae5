#pragma once
/// What a trial's own settings achieved, where it went on with another's.

#include "caviar/study.h"

namespace caviar::study {

/// The trial's score over the epochs before it first took over a net or changed its settings; its score where it never did. The row
/// needs its curve.
Score own_score(const Study&, const TrialRow&);

} // namespace caviar::study
