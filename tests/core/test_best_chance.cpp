// Chances to be the best, against closed forms and simulation.

#include "host/core/best_chance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace caviar::core {
namespace {

double cumulative(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// The integral is documented to about 1e-9.
constexpr double close = 1e-9;

TEST(BestChances, OfTwoNormalsIsTheDistributionOfTheirDifference) {
    const Normal cases[][2] = {{{0.9, 0.01}, {0.89, 0.02}}, {{0.5, 0.1}, {0.5, 0.001}}, {{0.7, 0.02}, {0.76, 0.005}}, {{3, 1}, {0, 1}}};
    for (const auto& [a, b] : cases) {
        const Normal both[] = {a, b};
        const double expected = cumulative((a.mean - b.mean) / std::hypot(a.deviation, b.deviation));
        EXPECT_NEAR(best_chances(both)[0], expected, close);
        EXPECT_NEAR(best_chances(both)[1], 1 - expected, close);
    }
}

TEST(BestChances, OfEqualsAreEqual) {
    const std::vector<Normal> equal(7, {0.8, 0.03});
    for (const double chance : best_chances(equal)) EXPECT_NEAR(chance, 1.0 / 7, close);
    EXPECT_EQ(best_chances(std::vector<Normal>{{0.2, 0.1}}), std::vector<double>{1});
}

TEST(BestChances, OfAPointAgainstANormal) {
    const Normal both[] = {{1, 0}, {0.98, 0.02}};
    EXPECT_NEAR(best_chances(both)[0], cumulative(1), close);
    EXPECT_NEAR(best_chances(both)[1], cumulative(-1), close);
    // Two tied points share what one would have; a lower point has nothing.
    const Normal four[] = {{1, 0}, {0.98, 0.02}, {1, 0}, {0.99, 0}};
    const auto chances = best_chances(four);
    EXPECT_NEAR(chances[0], cumulative(1) / 2, close);
    EXPECT_NEAR(chances[2], cumulative(1) / 2, close);
    EXPECT_EQ(chances[3], 0);
    const Normal hopeless[] = {{0, 0}, {0.9, 0.01}, {0, 0}};
    EXPECT_NEAR(best_chances(hopeless)[1], 1, close);
}

TEST(BestChances, AgreeWithSimulation) {
    const std::vector<Normal> normals = {{0.90, 0.01}, {0.91, 0.02}, {0.88, 0.03}, {0.93, 0.004}, {0.5, 0.05}};
    const auto chances = best_chances(normals);
    EXPECT_NEAR(std::accumulate(chances.begin(), chances.end(), 0.0), 1, 1e-12);
    constexpr int draws = 200000;
    std::mt19937_64 random(5);
    std::vector<int> wins(normals.size());
    for (int i = 0; i < draws; ++i) {
        size_t best = 0;
        double highest = -1e9;
        for (size_t s = 0; s < normals.size(); ++s) {
            const double x = std::normal_distribution<double>(normals[s].mean, normals[s].deviation)(random);
            if (x > highest) highest = x, best = s;
        }
        ++wins[best];
    }
    for (size_t s = 0; s < normals.size(); ++s) // five standard errors of a share
        EXPECT_NEAR(chances[s], wins[s] / double{draws}, 5 * std::sqrt(chances[s] * (1 - chances[s]) / draws) + 1e-12);
}

TEST(Mixture, MeanAndDeviation) {
    // Two points: the deviation is that of a coin. With deviations of their own the variances add.
    const double half[] = {0.5, 0.5};
    const Normal points[] = {{1, 0}, {3, 0}}, bells[] = {{1, 2}, {3, 4}};
    EXPECT_NEAR(mixture(half, points).mean, 2, 1e-15);
    EXPECT_NEAR(mixture(half, points).deviation, 1, 1e-15);
    EXPECT_NEAR(mixture(half, bells).deviation, std::sqrt(1 + (4 + 16) / 2.0), 1e-15);
}

} // namespace
} // namespace caviar::core
