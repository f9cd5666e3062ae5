#include "host/search/budget.h"

#include "caviar/error.h"

#include <string>

namespace caviar::search {

int64_t planned_trials(const SamplerOptions& options, std::string_view sampler) {
    constexpr int64_t wanted = 256, most = 1'000'000;
    const int64_t trials = options.trials ? options.trials : wanted;
    if (trials > most)
        throw UsageError(std::string(sampler) + " plans at most " + std::to_string(most) + " trials, got " + std::to_string(trials) +
                         "; the samplers random and sobol take any number");
    return trials;
}

} // namespace caviar::search
