#pragma once
/// What every engine's population asks of trials, data and nets, so that all of them answer alike.

#include "caviar/dataset.h"
#include "caviar/engine.h"
#include "caviar/error.h"

#include <vector>

namespace caviar {

/// Inputs, hidden..., outputs of a trial's net.
inline std::vector<int32_t> widths_of(const Hyperparameters& h, const Dataset& data, Loss loss) {
    std::vector<int32_t> widths{data.inputs(h)};
    widths.insert(widths.end(), h.hidden.begin(), h.hidden.end());
    widths.push_back(data.outputs(loss));
    return widths;
}

/// Throws UsageError where loss, metric and data do not fit together.
inline void check_fit(const Dataset& data, const PopulationOptions& options) {
    const int64_t rows = data.rows(Part::train);
    if (rows == 0) throw UsageError("the training part of " + data.name + " has no rows");
    if (rows > int64_t{1} << 31) throw UsageError("more than 2^31 training rows are not supported");
    if (!fits(options.metric, data.task))
        throw UsageError("metric " + to_string(options.metric) + " does not fit the task " + to_string(data.task));
    if (!fits(options.loss, data.task)) throw UsageError("loss " + to_string(options.loss) + " does not fit the task " + to_string(data.task));
}

/// Throws UsageError where a member is out of its field's range. People write seeds as whole numbers that a double holds; an engine
/// takes all 64 bits.
void check_settings(const Hyperparameters&);

/// Throws UsageError where a trial's net has another shape than the weights it is to start from.
void check_initial(TrialId, const std::vector<int32_t>& widths, const Weights* initial);

/// Throws UsageError where something differs that may not change in mid-training, by name.
void check_adjustable(TrialId, const Hyperparameters& from, const Hyperparameters& to);

/// Do both optimizers keep the same state, so that one can go on with the other's?
bool same_state(Optimizer, Optimizer);

/// Throws UsageError: one trial's net cannot take the place of the other's.
[[noreturn]] void fail_to_clone(TrialId from, TrialId to);

/// Throws UsageError where weights and widths contradict each other, or the matrix has too few columns.
void check_net(const Weights&, const Matrix&);

/// Is `now` better than the best epoch so far?
bool better_epoch(Metric, const EpochLosses& now, const EpochLosses& best);

} // namespace caviar
