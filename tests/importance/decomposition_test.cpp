// Shares of functions whose decomposition is known. Tolerances are the decomposition's own interval, which holds the error of having seen
// these samples, and beside it 0.05 for what a forest of boxes smooths away (the width of the last cut: these samples leave 3 to 5 cuts an
// axis, and a line in k steps loses 1/k^2 of its variance). An interval so wide that the test would be idle fails it.

#include "tests/importance/support.h"

#include <gmock/gmock.h>

#include <numbers>

namespace caviar::importance {
namespace {

using test::of_function;

void expect_share(const Share& s, double truth, const std::string& what) {
    EXPECT_LE(s.high - s.low, 0.25) << what << ": the interval says nothing";
    EXPECT_NEAR(s.share, truth, (s.high - s.low) / 2 + 0.05) << what;
    EXPECT_LE(s.low, s.share);
    EXPECT_LE(s.share, s.high);
}

TEST(Decomposition, AddsUpForASum) {
    // Var(a x) = a^2 / 12: 16, 4 and 1 parts of 21; the last two axes do nothing.
    const auto d = of_function(5, 800, 0.3, [](const auto& x) { return 4 * x[0] + 2 * x[1] + x[2]; });
    expect_share(d.one[0], 16.0 / 21, "first");
    expect_share(d.one[1], 4.0 / 21, "second");
    expect_share(d.one[2], 1.0 / 21, "third");
    for (const size_t idle : {3u, 4u}) EXPECT_LT(d.one[idle].share, 0.01);
    for (const Share& pair : d.both) EXPECT_LT(pair.share, 0.03);
    EXPECT_EQ(d.agreement, 1);
    ASSERT_EQ(d.curve[0].size(), most_cells);
    EXPECT_GT(d.curve[0].back() - d.curve[0].front(), 3) << "the curve rises along the axis, nearly by 4";
}

TEST(Decomposition, FindsAPureInteractionAsAPair) {
    const auto d = of_function(4, 1500, 0.01, [](const auto& x) { return (x[1] - 0.5) * (x[2] - 0.5); });
    const size_t pair_1_2 = 3; // (0,1) (0,2) (0,3) (1,2)
    EXPECT_GT(d.both[pair_1_2].low, 0.6) << "in truth 1";
    for (const size_t p : {0u, 1u, 2u, 4u, 5u}) EXPECT_LT(d.both[p].share, 0.05);
    for (const Share& alone : d.one) EXPECT_LT(alone.share, 0.1) << "in truth 0";
}

TEST(Decomposition, SharesOutAProductWithMainEffects) {
    // f = x y on [0,1]^2: V = 1/9 - 1/16 = 7/144, V_x = V_y = 1/4 * 1/12 = 3/144, the pair 1/144.
    const auto d = of_function(3, 1500, 0.02, [](const auto& x) { return x[0] * x[1]; });
    expect_share(d.one[0], 3.0 / 7, "x");
    expect_share(d.one[1], 3.0 / 7, "y");
    expect_share(d.both[0], 1.0 / 7, "both");
    EXPECT_LT(d.one[2].share, 0.01);
}

TEST(Decomposition, KnowsIshigamisFunction) {
    // T. Ishigami and T. Homma 1990, with a = 7, b = 0.1; the shares are by integration (Saltelli et al., "Sensitivity Analysis", 2000).
    constexpr double a = 7, b = 0.1, pi = std::numbers::pi, pi4 = pi * pi * pi * pi;
    const auto d = of_function(4, 2000, 0.1, [&](const auto& u) {
        const double x = pi * (2 * u[0] - 1), y = pi * (2 * u[1] - 1), z = pi * (2 * u[2] - 1);
        return std::sin(x) + a * std::sin(y) * std::sin(y) + b * z * z * z * z * std::sin(x);
    });
    const double v1 = 0.5 * (1 + b * pi4 / 5) * (1 + b * pi4 / 5), v2 = a * a / 8, v13 = 8 * b * b * pi4 * pi4 / 225, v = v1 + v2 + v13;
    expect_share(d.one[0], v1 / v, "x alone");
    expect_share(d.one[1], v2 / v, "y alone");
    EXPECT_LT(d.one[2].share, 0.03) << "z does nothing alone";
    EXPECT_LT(d.one[3].share, 0.01);
    expect_share(d.both[1], v13 / v, "x with z");
}

TEST(Decomposition, ReachesOverTheWholeSpaceWhereverTheSamplesGather) {
    // Three quarters of the samples lie in the lower quarter of each axis, as a search does that has zoomed in.
    const auto zoomed = [](double u) { return u < 0.75 ? u / 3 : 0.25 + (u - 0.75) * 3; };
    const auto d = of_function(4, 1200, 0.1, [](const auto& x) { return 3 * x[0] + 2 * x[1]; }, 5, zoomed);
    expect_share(d.one[0], 9.0 / 13, "first");
    expect_share(d.one[1], 4.0 / 13, "second");
}

TEST(Decomposition, HalvesAgreeOnASignalAndNotOnNoise) {
    // Of independent halves one in two would agree by chance; that 19 in 20 of the replicates do happened in none of 96 samples of noise.
    for (uint64_t seed = 1; seed <= 2; ++seed) {
        EXPECT_LT(of_function(5, 100, 1, [](const auto&) { return 0.0; }, seed).agreement, 0.95);
        EXPECT_GE(of_function(5, 100, 0.35, [](const auto& x) { return x[0] + 0.6 * x[1]; }, seed).agreement, 0.95); // half of the variance is noise
    }
}

TEST(Decomposition, IntervalsNarrowWithSamples) {
    const auto f = [](const auto& x) { return 2 * x[0] + x[1]; };
    const Share few = of_function(3, 100, 0.5, f).one[0], many = of_function(3, 1000, 0.5, f).one[0];
    EXPECT_LT(many.high - many.low, few.high - few.low);
}

TEST(Decomposition, DependsOnTheSeedAlone) {
    const auto f = [](const auto& x) { return x[0] * x[1] + x[2]; };
    const auto one = of_function(3, 200, 0.1, f), same = of_function(3, 200, 0.1, f);
    for (size_t a = 0; a < 3; ++a) {
        EXPECT_EQ(one.one[a].share, same.one[a].share);
        EXPECT_EQ(one.one[a].low, same.one[a].low);
        EXPECT_EQ(one.curve[a], same.curve[a]);
    }
    EXPECT_EQ(one.agreement, same.agreement);
}

} // namespace
} // namespace caviar::importance
