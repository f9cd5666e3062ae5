#pragma once
/// Settings without any effect, given what else was chosen.

#include "host/cli/request.h"

namespace caviar::cli {

/// Throws UsageError for the first thing said that has no effect under the settings that the request came to: a setting of another sampler
/// or scheduler (`--draw` with a grid), a hyperparameter that the optimizer, the schedule or the depth leave without one.
void refuse_idle(const Request&, const SweepSettings& resolved);

} // namespace caviar::cli
