#include "host/panda/thinning.h"

#include <algorithm>

namespace caviar::panda {

std::vector<int32_t> surplus(std::span<const int32_t> epochs, size_t most) {
    std::vector<int32_t> kept(epochs.begin(), epochs.end()), dropped;
    while (kept.size() > std::max<size_t>(most, 2)) {
        size_t least = 1;
        double least_gap = 0;
        for (size_t i = 1; i + 1 < kept.size(); ++i) {
            const double gap = static_cast<double>(kept[i + 1] - kept[i - 1]) / static_cast<double>(kept.back() - kept[i] + 1);
            if (i == 1 || gap < least_gap) least = i, least_gap = gap;
        }
        dropped.push_back(kept[least]);
        kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(least));
    }
    return dropped;
}

size_t checkpoints_kept(size_t bytes) {
    return std::clamp((size_t{64} << 20) / std::max<size_t>(bytes, 1), size_t{4}, size_t{64});
}

} // namespace caviar::panda
