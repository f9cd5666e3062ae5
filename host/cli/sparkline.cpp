#include "host/cli/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace caviar::cli {

std::string sparkline(std::span<const float> values, int width) {
    static constexpr std::array<const char*, 8> blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const size_t count = std::min(values.size(), static_cast<size_t>(std::max(width, 1)));
    std::vector<double> means;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (size_t i = 0; i < count; ++i) {
        const size_t begin = i * values.size() / count, end = (i + 1) * values.size() / count;
        double sum = 0;
        for (const float value : values.subspan(begin, end - begin)) sum += value;
        means.push_back(sum / static_cast<double>(end - begin));
        if (!std::isfinite(means.back())) continue;
        low = std::min(low, means.back());
        high = std::max(high, means.back());
    }
    std::string text;
    for (const double mean : means) {
        if (!std::isfinite(mean)) {
            text += 'x';
        } else {
            const double share = high > low ? (mean - low) / (high - low) : 0;
            text += blocks[static_cast<size_t>(std::lround(share * 7))];
        }
    }
    return text;
}

} // namespace caviar::cli
