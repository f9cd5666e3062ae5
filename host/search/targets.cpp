#include "host/search/targets.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace caviar::search {
namespace {

constexpr double worst = 1000;

/// The middle one; 0 of none.
double median(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

std::vector<double> targets(const History& history, const std::vector<size_t>& trials, size_t design) {
    // Halved: the distance of two scores is then a number, however large they are.
    const auto half = [&](size_t trial) { return history.score(trial).badness / 2; };
    std::vector<double> first, all;
    double best = std::numeric_limits<double>::infinity();
    for (const size_t trial : trials) {
        if (!std::isfinite(half(trial))) continue;
        best = std::min(best, half(trial));
        all.push_back(half(trial));
    }
    for (size_t trial = 0; trial < std::min(design, history.size()); ++trial)
        if (std::isfinite(half(trial))) first.push_back(half(trial));
    double unit = median(first) - best;
    if (!(unit > 0)) unit = median(all) - best;
    if (!(unit > 0) && !all.empty()) unit = *std::max_element(all.begin(), all.end()) - best;
    if (!(unit > 0)) unit = 1;

    std::vector<double> result;
    for (const size_t trial : trials) {
        const double above = std::isfinite(half(trial)) ? std::min((half(trial) - best) / unit, worst) : worst;
        result.push_back(std::log1p(above));
    }
    double mean = 0, squares = 0;
    const auto n = static_cast<double>(result.size());
    for (const double y : result) mean += y / n;
    for (const double y : result) squares += (y - mean) * (y - mean) / n;
    const double deviation = std::sqrt(squares);
    for (double& y : result) y = deviation > 0 ? (y - mean) / deviation : 0;
    return result;
}

} // namespace caviar::search
