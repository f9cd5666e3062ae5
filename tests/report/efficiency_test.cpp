#include "host/report/efficiency.h"

#include "caviar/error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace caviar::report {
namespace {

double cumulative(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// The integral is documented to about 1e-9.
constexpr double close = 1e-9;

TEST(WinnerScore, WorkedByHandForTwoTrials) {
    // n = 101: variances psi (1 - psi) / 100. Validation .9 and .8: 0.0009 and 0.0016; P(first is best) = Phi(0.1 / 0.05) = Phi(2).
    const TrialAccuracy trials[] = {{0.9, 0.85}, {0.8, 0.75}};
    const WinnerScore score = winner_score(trials, 101, 201);
    const double w = cumulative(2), mean = w * 0.85 + (1 - w) * 0.75;
    EXPECT_NEAR(score.weights[0], w, close);
    EXPECT_NEAR(score.mean, mean, close);
    const double variance = w * (0.85 * 0.85 + 0.85 * 0.15 / 200) + (1 - w) * (0.75 * 0.75 + 0.75 * 0.25 / 200) - mean * mean;
    EXPECT_NEAR(score.standard_error, std::sqrt(variance), close);
}

TEST(WinnerScore, OfOneTrialIsItsOwn) {
    const TrialAccuracy one[] = {{0.9, 0.8}};
    EXPECT_NEAR(winner_score(one, 100, 101).mean, 0.8, 1e-15);
    EXPECT_NEAR(winner_score(one, 100, 101).standard_error, std::sqrt(0.8 * 0.2 / 100), 1e-15);
}

TEST(WinnerScore, PerfectTrialsShare) {
    const TrialAccuracy trials[] = {{1, 0.9}, {1, 0.8}, {0.5, 0.5}};
    EXPECT_NEAR(winner_score(trials, 1000, 1000).mean, 0.85, close);
}

TEST(WinnerScore, RefusesWhatIsNoAccuracy) {
    const TrialAccuracy good[] = {{0.5, 0.5}}, high[] = {{1.5, 0.5}}, nan[] = {{0.5, std::numeric_limits<double>::quiet_NaN()}};
    EXPECT_THROW(winner_score({}, 10, 10), UsageError);
    EXPECT_THROW(winner_score(good, 1, 10), UsageError);
    EXPECT_THROW(winner_score(high, 10, 10), UsageError);
    EXPECT_THROW(winner_score(nan, 10, 10), UsageError);
}

TEST(EfficiencyCurve, WorkedByHandWhereTheBestIsCertain) {
    // A thousand million rows: deviations of about 1e-5 against gaps of 0.1, so the best by validation has weight 1.
    const TrialAccuracy trials[] = {{0.1, 0.15}, {0.4, 0.45}, {0.2, 0.25}, {0.3, 0.35}, {0.9, 0.2}};
    const int64_t rows = 1'000'000'000;
    EfficiencyOptions options;
    options.sizes = {1, 2, 4, 5};
    const auto curve = efficiency_curve(trials, rows, rows, options);
    ASSERT_EQ(curve.size(), 4u);
    EXPECT_EQ(curve[0].experiments, 5); // tests sorted: .15 .2 .25 .35 .45
    EXPECT_NEAR(curve[0].lowest, 0.15, close);
    EXPECT_NEAR(curve[0].lower_quartile, 0.2, close);
    EXPECT_NEAR(curve[0].median, 0.25, close);
    EXPECT_NEAR(curve[0].upper_quartile, 0.35, close);
    EXPECT_NEAR(curve[0].highest, 0.45, close);
    EXPECT_EQ(curve[1].experiments, 2); // {0,1} -> .45, {2,3} -> .35; the fifth is left out
    EXPECT_NEAR(curve[1].median, 0.40, close);
    EXPECT_NEAR(curve[1].lower_quartile, 0.375, close);
    EXPECT_EQ(curve[2].experiments, 1);
    EXPECT_NEAR(curve[2].median, 0.45, close);
    EXPECT_NEAR(curve[3].median, 0.2, close); // chosen by validation, scored on test
}

TEST(EfficiencyCurve, SizesDoubleByDefaultAndLargerExperimentsDoBetter) {
    std::mt19937 random(9);
    std::vector<TrialAccuracy> trials(100);
    for (TrialAccuracy& t : trials) t.valid = t.test = std::uniform_real_distribution<double>(0.5, 0.9)(random);
    const auto curve = efficiency_curve(trials, 1000, 10000);
    ASSERT_EQ(curve.size(), 7u);
    EXPECT_EQ(curve.back().size, 64);
    for (size_t i = 1; i < 6; ++i) EXPECT_GT(curve[i].median, curve[i - 1].median);
}

TEST(EfficiencyCurve, ShufflesPoolRandomOrdersReproducibly) {
    std::mt19937 random(9);
    std::vector<TrialAccuracy> trials(32);
    for (TrialAccuracy& t : trials) t.valid = t.test = std::uniform_real_distribution<double>(0.5, 0.9)(random);
    const auto median = [&](uint64_t seed) { return efficiency_curve(trials, 1000, 1000, {{4}, 20, seed}).front(); };
    EXPECT_EQ(median(1).experiments, 160);
    EXPECT_EQ(median(1).median, median(1).median);
    EXPECT_NE(median(1).median, median(2).median);
    // Experiments of one trial do not depend on the order.
    EXPECT_EQ(efficiency_curve(trials, 1000, 1000, {{1}, 3, 1}).front().lowest, efficiency_curve(trials, 1000, 1000, {{1}, 0, 1}).front().lowest);
}

TEST(EfficiencyCurve, RefusesImpossibleSizes) {
    const TrialAccuracy trials[] = {{0.5, 0.5}, {0.6, 0.6}};
    EXPECT_THROW(efficiency_curve(trials, 10, 10, {{3}, 0, 0}), UsageError);
    EXPECT_THROW(efficiency_curve(trials, 10, 10, {{0}, 0, 0}), UsageError);
}

TEST(BestOfCurve, WorkedByHandWithOneThatDiverged) {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    const double losses[] = {3, 1, nan, 2, 5}; // of pairs: the best of (3, 1) and of (nan, 2); the rest is left out
    EfficiencyOptions options;
    options.sizes = {1, 2, 5};
    const auto curve = best_of_curve(losses, false, options);
    ASSERT_EQ(curve.size(), 3u);
    EXPECT_EQ(curve[0].experiments, 5);
    EXPECT_EQ(curve[0].lowest, 1);
    EXPECT_EQ(curve[0].median, 3);
    EXPECT_EQ(curve[0].highest, infinity);
    EXPECT_EQ(curve[1].experiments, 2);
    EXPECT_EQ(curve[1].median, 1.5);
    EXPECT_EQ(curve[2].median, 1);
    EXPECT_EQ(best_of_curve(losses, true, options)[2].median, 5);
    EXPECT_EQ(best_of_curve(losses, true, options)[0].lowest, -infinity);
    const double none[] = {nan, nan};
    EXPECT_EQ(best_of_curve(none, true).back().median, -infinity);
    options.sizes = {6};
    EXPECT_THROW(best_of_curve(losses, false, options), UsageError);
}

} // namespace
} // namespace caviar::report
