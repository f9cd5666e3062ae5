#include "caviar/engine.h"

#include <algorithm>
#include <limits>

namespace caviar {

int64_t weight_count(std::span<const int32_t> widths) {
    constexpr int64_t most = std::numeric_limits<int64_t>::max();
    int64_t count = 0;
    for (size_t layer = 1; layer < widths.size(); ++layer) {
        // Widths may come from a damaged file: a product of two fits 63 bits, their sum is held at the end of the range.
        const int64_t in = std::max<int64_t>(widths[layer - 1], 0), out = std::max<int64_t>(widths[layer], 0);
        const int64_t weights = (in + 1) * out;
        count = count > most - weights ? most : count + weights;
    }
    return count;
}

} // namespace caviar
