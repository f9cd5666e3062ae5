#include "bench/search/functions.h"

#include <array>
#include <cmath>
#include <numbers>

namespace caviar::bench {
namespace {

/// x in [-5,10], y in [0,15].
double branin(std::span<const double> unit) {
    constexpr double pi = std::numbers::pi;
    const double x = 15 * unit[0] - 5, y = 15 * unit[1];
    const double a = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6;
    return a * a + 10 * (1 - 1 / (8 * pi)) * std::cos(x) + 10;
}

double hartmann6(std::span<const double> unit) {
    static constexpr std::array<double, 4> height = {1.0, 1.2, 3.0, 3.2};
    static constexpr double steep[4][6] = {{10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8}, {17, 8, 0.05, 10, 0.1, 14}};
    static constexpr double centre[4][6] = {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                                            {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                                            {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                                            {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}};
    double sum = 0;
    for (size_t i = 0; i < 4; ++i) {
        double distance = 0;
        for (size_t j = 0; j < 6; ++j) distance += steep[i][j] * (unit[j] - centre[i][j]) * (unit[j] - centre[i][j]);
        sum -= height[i] * std::exp(-distance);
    }
    return sum;
}

} // namespace

const std::vector<Function>& functions() {
    static const std::vector<Function> all = {{"branin", 2, 0.397887, branin}, {"hartmann6", 6, -3.32237, hartmann6}};
    return all;
}

} // namespace caviar::bench
