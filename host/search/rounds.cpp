#include "host/search/rounds.h"

#include "caviar/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace caviar::search {

Rounds::Rounds(int64_t trials, int32_t rounds) {
    if (rounds < 0 || rounds > trials)
        throw UsageError("the number of rounds must lie between 0 (chosen by the program) and the number of trials, " +
                         std::to_string(trials) + "; got " + std::to_string(rounds));
    if (rounds == 0)
        rounds = static_cast<int32_t>(std::clamp(std::lround(std::log2(static_cast<double>(std::max<int64_t>(trials, 1)) / 4)), 1L, 8L));
    const auto total = static_cast<double>(trials);
    // Every round gets a trial at least, however few there are.
    const int64_t first = rounds == 1 ? trials : std::clamp<int64_t>(std::llround(0.4 * total), 1, trials - rounds + 1);
    starts_.push_back(0);
    for (int32_t r = 1; r <= rounds; ++r)
        starts_.push_back(rounds == 1 ? trials : first + (trials - first) * (r - 1) / (rounds - 1));
}

int32_t Rounds::of(int64_t trial) const {
    return static_cast<int32_t>(std::upper_bound(starts_.begin() + 1, starts_.end(), trial) - (starts_.begin() + 1));
}

} // namespace caviar::search
