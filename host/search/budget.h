#pragma once
/// How many trials a sampler plans for.

#include "caviar/sampler.h"

#include <cstdint>
#include <string_view>

namespace caviar::search {

/// The budget of the options, or 256 trials where they name none. Throws UsageError, which names the sampler, above a million: a
/// round is asked whole, and its settings are held in memory.
int64_t planned_trials(const SamplerOptions&, std::string_view sampler);

} // namespace caviar::search
