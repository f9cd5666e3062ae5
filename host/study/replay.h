#pragma once
/// Training a finished trial of a study once more.

#include "caviar/study.h"

#include <span>

namespace caviar::study {

/// What a trial trains its next epoch with once it has `epochs`: its own settings and every change until then. `events` are its own.
Hyperparameters settings_after(const Trial&, std::span<const Event> events, int32_t epochs);

/// As far as it came: alone, or with those whose nets it took over, and theirs, in step, so that each net is there when it is taken over.
/// The population must be empty. Its result's state is `waiting` where a scheduler stopped it then, or the control does now.
TrialResult train_again(const Study&, const TrialRow&, Population&, const TrainControl& = {});

} // namespace caviar::study
