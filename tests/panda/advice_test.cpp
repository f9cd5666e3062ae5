// What made-up learning curves suggest.

#include "host/panda/advice.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace caviar::panda {
namespace {

using ::testing::HasSubstr;
using Curve = std::vector<EpochLosses>;
using Of = std::function<double(int)>;

/// Losses as functions of the epoch, from 0; the metric is an accuracy.
Curve curve(int epochs, const Of& train, const Of& valid, const Of& accuracy) {
    Curve c;
    for (int e = 0; e < epochs; ++e)
        c.push_back({static_cast<float>(train(e)), static_cast<float>(valid(e)), static_cast<float>(accuracy(e))});
    return c;
}

double falling(int e) { return std::exp(-0.1 * e); }
double rising_accuracy(int e) { return 1 - 0.5 * std::exp(-0.1 * e); }

/// The epochs after which there is news of a concern.
std::vector<int> told(const Curve& c, Concern wanted, int32_t changed = 0, const Hyperparameters& h = {}) {
    std::vector<int> epochs;
    for (size_t n = 1; n <= c.size(); ++n)
        if (new_concern(std::span(c).first(n), Metric::accuracy, h, changed) == wanted) epochs.push_back(static_cast<int>(n));
    return epochs;
}

bool silent(const Curve& c, int32_t changed = 0) {
    for (size_t n = 1; n <= c.size(); ++n)
        if (concern(std::span(c).first(n), Metric::accuracy, {}, changed)) return false;
    return true;
}

TEST(Advice, AHealthyCurveNeedsNone) { EXPECT_TRUE(silent(curve(40, falling, falling, rising_accuracy))); }

TEST(Advice, NoiseOnAFallingCurveIsNoConcern) {
    const Of noisy = [](int e) { return falling(e) * (e % 2 ? 1.1 : 0.9); };
    EXPECT_TRUE(silent(curve(40, noisy, noisy, rising_accuracy)));
}

TEST(Advice, ALossThatIsNotFiniteDiverges) {
    Curve c = curve(5, falling, falling, rising_accuracy);
    c[4].train_loss = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(told(c, Concern::diverging), std::vector{5});
    c = curve(5, falling, falling, rising_accuracy);
    c[3].valid_loss = std::numeric_limits<float>::infinity();
    EXPECT_EQ(concern(std::span(c).first(4), Metric::accuracy, {}, 0), Concern::diverging);
}

TEST(Advice, WithoutValidationRowsTheirLossSaysNothing) {
    const auto nan = [](int) { return std::nan(""); };
    EXPECT_TRUE(silent(curve(30, falling, nan, nan)));
}

TEST(Advice, ATrainingLossThatRisesFastDivergesAndIsToldOnce) {
    // Falls for ten epochs, then grows by half in each.
    const Of train = [](int e) { return e < 10 ? falling(e) : falling(9) * std::pow(1.5, e - 9); };
    // Twice the lowest is passed with the second rise: 1.5^2 = 2.25.
    EXPECT_EQ(told(curve(16, train, train, rising_accuracy), Concern::diverging), std::vector{12});
}

TEST(Advice, ASmallRiseOrOneOfAnAlmostPerfectFitIsNoDivergence) {
    const Of slow = [](int e) { return e < 10 ? falling(e) : falling(9) * (1 + 0.01 * (e - 9)); };
    EXPECT_TRUE(told(curve(18, slow, slow, rising_accuracy), Concern::diverging).empty());
    const Of tiny = [](int e) {
        return e < 10 ? std::exp(-1.0 * e) : std::exp(-9.0) * std::pow(2, e - 9);
    }; // from 1 to 1e-4 and up to 0.006
    EXPECT_TRUE(told(curve(16, tiny, tiny, rising_accuracy), Concern::diverging).empty());
}

TEST(Advice, AWarmUpMayRaiseTheLoss) {
    // Down for four epochs, then up by 0.3 in each to the tenth, where the rate peaks, and down again.
    const Of humped = [](int e) { return e < 4 ? falling(5 * e) : e < 10 ? falling(15) * std::pow(1.3, e - 3) : falling(e - 9); };
    const Curve c = curve(30, humped, humped, rising_accuracy);
    Hyperparameters h;
    EXPECT_FALSE(told(c, Concern::diverging, 0, h).empty()) << "at a constant rate it is one";
    h.schedule = Schedule::one_cycle;
    h.warmup = 1 / 3.0f;
    h.epochs = 30;
    EXPECT_TRUE(told(c, Concern::diverging, 0, h).empty());
    h.warmup = 0.1f; // over after three
    EXPECT_FALSE(told(c, Concern::diverging, 0, h).empty());
    h.schedule = Schedule::cyclical;
    h.cycle_epochs = 20;
    EXPECT_TRUE(told(c, Concern::diverging, 0, h).empty());
    const Of lost = [](int e) { return std::pow(1.5, e); }; // past twice where it began with the second rise
    EXPECT_EQ(told(curve(5, lost, lost, rising_accuracy), Concern::diverging, 0, h), std::vector{3});
}

TEST(Advice, AValidationLossThatRisesFastDivergesUnlessTrainingFalls) {
    const Of rises = [](int e) { return e < 10 ? falling(e) : falling(9) * std::pow(1.5, e - 9); };
    const Of flat = [](int e) { return e < 10 ? falling(e) : falling(9); };
    EXPECT_EQ(told(curve(14, flat, rises, rising_accuracy), Concern::diverging), std::vector{12});
    EXPECT_TRUE(told(curve(14, falling, rises, rising_accuracy), Concern::diverging).empty());
}

TEST(Advice, OverFittingIsValidationUpWhileTrainingFalls) {
    const Of valid = [](int e) { return e < 20 ? falling(e) : falling(19) * (1 + 0.03 * (e - 19)); };
    const Of accuracy = [](int e) { return e < 20 ? rising_accuracy(e) : rising_accuracy(19) - 0.001 * (e - 19); };
    const Curve c = curve(29, falling, valid, accuracy);
    const auto epochs = told(c, Concern::over_fitting);
    ASSERT_EQ(epochs.size(), 1u) << "told once";
    // The loss turns after epoch 20. Two windows of five: the later one must be the higher, so some epochs after it and at most
    // ten.
    EXPECT_GT(epochs[0], 21);
    EXPECT_LE(epochs[0], 30);
    Hyperparameters h;
    h.weight_decay = 0.001f;
    h.dropout = 0.2f;
    const std::string text = advice(Concern::over_fitting, c, Metric::accuracy, h);
    EXPECT_THAT(text, HasSubstr("rewind 9")) << "back to epoch 20, the best";
    EXPECT_THAT(text, HasSubstr("set weight_decay 0.01"));
    EXPECT_THAT(text, HasSubstr("set dropout 0.3"));
}

TEST(Advice, WhatComesAndGoesIsToldOnce) {
    // The validation loss rises in steps of twelve epochs, with rests between them in which it is flat.
    const Of valid = [](int e) {
        return e < 20 ? falling(e) : falling(19) * (1 + 0.1 * ((e - 20) / 12) + 0.02 * std::min(5, (e - 20) % 12));
    };
    const Of accuracy = [](int e) { return e < 100 ? rising_accuracy(e) : 1; };
    EXPECT_EQ(told(curve(100, falling, valid, accuracy), Concern::over_fitting).size(), 1u);
}

TEST(Advice, APlateauIsTenEpochsWithoutABetterOne) {
    const Of flat = [](int e) { return e < 20 ? falling(e) : falling(19) * 1.001; };
    const Of accuracy = [](int e) { return e < 20 ? rising_accuracy(e) : rising_accuracy(18); };
    const Curve c = curve(45, flat, flat, accuracy);
    EXPECT_EQ(told(c, Concern::plateau), std::vector{30}) << "the best was epoch 20";
    // A quarter of the epochs, where there are many.
    const Of late = [](int e) { return e < 90 ? falling(e) : falling(89) * 1.001; };
    const Of late_accuracy = [](int e) { return e < 90 ? rising_accuracy(e) : rising_accuracy(80); };
    EXPECT_EQ(told(curve(125, late, late, late_accuracy), Concern::plateau), std::vector{120}) << "30 of 120";
    EXPECT_THAT(advice(Concern::plateau, c, Metric::accuracy, {}), HasSubstr("set learning_rate 0.000333"));
}

TEST(Advice, AChangeBeginsAnew) {
    const Of flat = [](int e) { return e < 20 ? falling(e) : falling(19) * 1.001; };
    const Of accuracy = [](int e) { return e < 20 ? rising_accuracy(e) : rising_accuracy(18); };
    const Curve c = curve(45, flat, flat, accuracy);
    EXPECT_EQ(told(c, Concern::plateau, 25), std::vector{36})
        << "the first epoch after the change is the best since, ten follow it";
}

TEST(Advice, NamesALowerRateAndWhereToGoBackTo) {
    const Of train = [](int e) { return e < 10 ? falling(e) : falling(9) * std::pow(1.5, e - 9); };
    const Curve c = curve(12, train, train, rising_accuracy);
    Hyperparameters h;
    h.learning_rate = 0.5f;
    const std::string text = advice(Concern::diverging, c, Metric::accuracy, h);
    EXPECT_THAT(text, HasSubstr("rewind 2, then set learning_rate 0.05"));
    Curve first = c;
    first.resize(1);
    first[0].train_loss = std::numeric_limits<float>::infinity();
    EXPECT_THAT(advice(Concern::diverging, first, Metric::accuracy, h), HasSubstr("rewind to 0"));
}

} // namespace
} // namespace caviar::panda
