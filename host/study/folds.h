#pragma once
/// A sweep that cross-validates: each setting is trained once for each fold, by trials with ids in turn, so that a trial's fold follows from its id.

#include "caviar/engine.h"
#include "caviar/preprocessing.h"

#include <memory>

namespace caviar::study {

/// What a trial trains on and validates by: fold id % count, or all that was prepared where there are no folds.
const Prepared& seen_by(TrialId, const Prepared&);

/// A population in which every trial sees its own fold. Where there are folds, it holds one of the engine's populations for each, trains them one
/// after the other, and throws UsageError where a trial is to take over a net of another fold. `prepared` must outlive it.
std::unique_ptr<Population> populate(Engine&, const Prepared&, const PopulationOptions&);

} // namespace caviar::study
