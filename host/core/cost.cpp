#include "host/core/cost.h"

namespace caviar {

double forward_flops(std::span<const int32_t> widths) {
    double weights = 0;
    for (size_t l = 1; l < widths.size(); ++l) weights += static_cast<double>(widths[l - 1]) * widths[l];
    return 2 * weights;
}

double training_flops(std::span<const int32_t> widths) {
    return widths.size() < 2 ? 0 : 3 * forward_flops(widths) - 2.0 * widths[0] * widths[1];
}

} // namespace caviar
