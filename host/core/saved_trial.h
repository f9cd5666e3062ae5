#pragma once
/// A trial's checkpoint: the same bytes whichever engine wrote it.

#include "caviar/trial.h"

#include <cstddef>
#include <span>
#include <vector>

namespace caviar {

/// All of a trial that its training goes on from. Weights and state without padding, as in Weights::values.
struct SavedTrial {
    std::vector<int32_t> widths;
    Optimizer optimizer = Optimizer::sgd;
    int64_t updates = 0;                     ///< since the optimizer's state was zero
    int64_t steps = 0;                       ///< minibatches trained on
    TrialResult result;                      ///< all but the id and when it was trained: that is not known of what was restored
    std::vector<float> parameters, m, v;     ///< m and v empty where the optimizer keeps none
    std::vector<float> best;                 ///< after the best epoch; empty where there is none or nothing is validated
};

std::vector<std::byte> encode(const SavedTrial&);

/// Throws DataError for bytes that are not a checkpoint of a trial of these widths and an optimizer with this one's kind of state.
SavedTrial decode_trial(std::span<const std::byte>, const std::vector<int32_t>& widths, Optimizer);

} // namespace caviar
