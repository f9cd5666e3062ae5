#include "host/core/metric_variance.h"

#include <algorithm>
#include <vector>

namespace caviar::core {

double accuracy_variance(double psi, int64_t rows) { return rows < 2 ? 0 : psi * (1 - psi) / static_cast<double>(rows - 1); }

double metric_variance(Metric metric, Loss loss, std::span<const float> outputs, int32_t width, std::span<const float> targets,
                       double target_scale) {
    if (metric == Metric::accuracy) return accuracy_variance(evaluate(metric, loss, outputs, width, targets, target_scale), std::ssize(targets));
    constexpr size_t most_groups = 32;
    const size_t rows = targets.size(), groups = std::min(rows, most_groups), columns = outputs.size() / std::max<size_t>(1, rows);
    if (groups < 2) return 0;
    std::vector<double> without;
    std::vector<float> left_outputs, left_targets;
    for (size_t g = 0; g < groups; ++g) {
        left_outputs.clear();
        left_targets.clear();
        for (size_t r = 0; r < rows; ++r) {
            if (r % groups == g) continue;
            const auto row = outputs.subspan(r * columns, columns);
            left_outputs.insert(left_outputs.end(), row.begin(), row.end());
            left_targets.push_back(targets[r]);
        }
        without.push_back(evaluate(metric, loss, left_outputs, width, left_targets, target_scale));
    }
    double mean = 0, squares = 0;
    for (const double value : without) mean += value / static_cast<double>(groups);
    for (const double value : without) squares += (value - mean) * (value - mean);
    return squares * static_cast<double>(groups - 1) / static_cast<double>(groups);
}

} // namespace caviar::core
