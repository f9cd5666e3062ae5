#include "caviar/error.h"
#include "caviar/metric.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace caviar {
namespace {

using Floats = std::vector<float>;

double binary(Metric m, const Floats& logits, const Floats& targets) {
    return evaluate(m, Loss::binary_cross_entropy, logits, 1, targets, 1);
}
double classes(Metric m, const Floats& logits, int32_t width, const Floats& targets) {
    return evaluate(m, Loss::softmax_cross_entropy, logits, width, targets, 1);
}
double values(Metric m, const Floats& y, const Floats& t, double scale = 1) { return evaluate(m, Loss::mean_squared_error, y, 1, t, scale); }

// Hand-worked figures are exact up to a few roundings of doubles.
constexpr double exact = 1e-14;

TEST(Accuracy, CountsTheHighestOutput) {
    const Floats z = {1, 2, 0, /**/ 5, 1, 1, /**/ 0, 0, 0, /**/ -3, -2, -1};
    EXPECT_DOUBLE_EQ(classes(Metric::accuracy, z, 3, {1, 0, 0, 2}), 1.0);
    EXPECT_DOUBLE_EQ(classes(Metric::accuracy, z, 3, {1, 2, 1, 2}), 0.5); // a tie goes to the lower class
    EXPECT_DOUBLE_EQ(binary(Metric::accuracy, {-1, 2, 0, 3}, {0, 1, 0, 0}), 0.75);
}

TEST(LogLoss, IsTheMeanSurpriseOfTheTrueClass) {
    // softmax(0, log 3) = (1/4, 3/4)
    const float log3 = std::log(3.0f);
    EXPECT_NEAR(classes(Metric::log_loss, {0, log3, 0, log3}, 2, {1, 0}), (std::log(4.0 / 3) + std::log(4.0)) / 2, 1e-7); // log 3 as a float
    EXPECT_NEAR(binary(Metric::log_loss, {0, 0}, {0, 1}), std::log(2.0), exact);
}

TEST(LogLoss, IsClippedAndTheTrainingLossIsNot) {
    EXPECT_NEAR(binary(Metric::log_loss, {1000}, {0}), -std::log(1e-15), exact);
    EXPECT_NEAR(mean_loss(Loss::binary_cross_entropy, Floats{1000}, 1, Floats{0}), 1000, exact);
    EXPECT_NEAR(classes(Metric::log_loss, {1000, 0}, 2, {1}), -std::log(1e-15), exact);
    EXPECT_NEAR(mean_loss(Loss::softmax_cross_entropy, Floats{1000, 0}, 2, Floats{1}), 1000, exact);
    EXPECT_NEAR(mean_loss(Loss::softmax_cross_entropy, Floats{1000, 0}, 2, Floats{0}), 0, exact);
}

TEST(MeanLoss, OfSquaredErrorsIsOverRowsAndOutputs) {
    EXPECT_NEAR(mean_loss(Loss::mean_squared_error, Floats{1, 2, 3, 4}, 1, Floats{1, 0, 3, 3}), (0 + 4 + 0 + 1) / 4.0, exact);
    EXPECT_NEAR(mean_loss(Loss::mean_squared_error, Floats{1, 2, 3, 4}, 2, Floats{1, 0, 3, 3}), (0 + 4 + 0 + 1) / 4.0, exact);
}

/// The definition: the share of (positive, negative) pairs in the right order, a tie counting half.
double pairs(const Floats& score, const Floats& label, float positive) {
    double won = 0, all = 0;
    for (size_t i = 0; i < score.size(); ++i)
        for (size_t j = 0; j < score.size(); ++j)
            if (label[i] == positive && label[j] != positive) {
                won += score[i] > score[j] ? 1 : score[i] == score[j] ? 0.5 : 0;
                ++all;
            }
    return all ? won / all : 0.5;
}

TEST(Auc, HandWorked) {
    // positives .8 .4, negatives .6 .4 .1: of six pairs 2 + 1.5 + 2... .8 beats 3; .4 beats .1, ties .4, loses to .6: 4.5 / 6
    EXPECT_DOUBLE_EQ(binary(Metric::auc, {.8f, .4f, .6f, .4f, .1f}, {1, 1, 0, 0, 0}), 0.75);
    EXPECT_DOUBLE_EQ(binary(Metric::auc, {1, 2}, {0, 1}), 1);
    EXPECT_DOUBLE_EQ(binary(Metric::auc, {2, 1}, {0, 1}), 0);
    EXPECT_DOUBLE_EQ(binary(Metric::auc, {7, 7, 7}, {0, 1, 1}), 0.5);
    EXPECT_DOUBLE_EQ(binary(Metric::auc, {1, 2}, {1, 1}), 0.5); // one class only
}

TEST(Auc, AgreesWithTheDefinitionIncludingTies) {
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        const size_t rows = 2 + random() % 60;
        Floats score(rows), label(rows);
        for (size_t i = 0; i < rows; ++i) score[i] = static_cast<float>(random() % 9) - 4, label[i] = static_cast<float>(random() % 2);
        ASSERT_DOUBLE_EQ(binary(Metric::auc, score, label), pairs(score, label, 1));
    }
}

TEST(Auc, OfManyClassesIsTheMeanOverThosePresent) {
    std::mt19937 random(2);
    for (int round = 0; round < 100; ++round) {
        const size_t rows = 5 + random() % 40, width = 4;
        Floats z(rows * width), label(rows);
        for (auto& v : z) v = static_cast<float>(random() % 1000) / 100;
        for (auto& v : label) v = static_cast<float>(random() % 3); // class 3 never occurs
        double sum = 0, present = 0;
        for (size_t c = 0; c < width; ++c) {
            Floats probability(rows);
            for (size_t r = 0; r < rows; ++r) {
                double total = 0;
                for (size_t k = 0; k < width; ++k) total += std::exp(z[r * width + k]);
                probability[r] = static_cast<float>(std::exp(z[r * width + c]) / total);
            }
            if (std::find(label.begin(), label.end(), static_cast<float>(c)) == label.end()) continue;
            sum += pairs(probability, label, static_cast<float>(c));
            ++present;
        }
        // Rounding the probability to float may tie a pair or two that differ in double; a pair weighs at most 1/(rows - 1).
        const double tolerance = present < 2 ? 0 : 1.0 / static_cast<double>(rows - 1);
        ASSERT_NEAR(classes(Metric::auc, z, static_cast<int32_t>(width), label), present < 2 ? 0.5 : sum / present, tolerance);
    }
}

TEST(F1, BinaryAndMacro) {
    // class 1: two hits, one miss, one false alarm
    EXPECT_NEAR(binary(Metric::f1, {1, 1, -1, 1, -1}, {1, 1, 1, 0, 0}), 4.0 / 6, exact);
    EXPECT_NEAR(classes(Metric::f1, {0, 1, 0, 1, 1, 0, 0, 1, 1, 0}, 2, {1, 1, 1, 0, 0}), 4.0 / 6, exact);
    EXPECT_EQ(binary(Metric::f1, {-1, -1}, {0, 0}), 0);
    // three classes, predicted 0 1 1 2 (class 3 neither present nor predicted), true 0 1 2 2: f1 = 1, 2/3, 2/3
    EXPECT_NEAR(classes(Metric::f1, {1, 0, 0, 0, /**/ 0, 1, 0, 0, /**/ 0, 1, 0, 0, /**/ 0, 0, 1, 0}, 4, {0, 1, 2, 2}), (1 + 2.0 / 3 + 2.0 / 3) / 3,
                exact);
}

TEST(Regression, HandWorked) {
    const Floats y = {1, 2, 3, 5}, t = {1, 2, 4, 3}; // errors 0 0 -1 2; mean of t 2.5, spread 2.25 + .25 + 2.25 + .25 = 5
    EXPECT_NEAR(values(Metric::rmse, y, t, 10), 10 * std::sqrt(5.0 / 4), exact * 10);
    EXPECT_NEAR(values(Metric::mae, y, t, 10), 10 * 3.0 / 4, exact * 10);
    EXPECT_NEAR(values(Metric::r2, y, t, 10), 1 - 5.0 / 5, exact);
    EXPECT_EQ(values(Metric::r2, {2, 2}, {2, 2}), 1);
    EXPECT_EQ(values(Metric::r2, {2, 3}, {2, 2}), 0);
}

TEST(Evaluate, NotFiniteOutputsGiveNan) {
    for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
        for (const auto m : {Metric::accuracy, Metric::log_loss, Metric::auc, Metric::f1}) {
            EXPECT_TRUE(std::isnan(binary(m, {1, bad, 3}, {0, 1, 1})));
            EXPECT_TRUE(std::isnan(classes(m, {1, bad, 3, 4}, 2, {0, 1})));
        }
        for (const auto m : {Metric::rmse, Metric::mae, Metric::r2}) EXPECT_TRUE(std::isnan(values(m, {1, bad}, {1, 2})));
    }
}

TEST(Evaluate, RefusesWhatDoesNotFit) {
    EXPECT_THROW(values(Metric::accuracy, {1}, {1}), UsageError);
    EXPECT_THROW(binary(Metric::rmse, {1}, {1}), UsageError);
    EXPECT_THROW(binary(Metric::accuracy, {1, 2}, {1}), UsageError);
    EXPECT_THROW(binary(Metric::accuracy, {}, {}), UsageError);
    EXPECT_THROW(evaluate(Metric::accuracy, Loss::binary_cross_entropy, Floats{1, 2}, 2, Floats{1}, 1), UsageError);
    EXPECT_THROW(classes(Metric::accuracy, {1, 2, 3}, 2, {1}), UsageError);
    EXPECT_THROW(mean_loss(Loss::softmax_cross_entropy, Floats{1}, 0, Floats{1}), UsageError);
}

TEST(Baseline, IsTheCommonestClassOrTheMeanOfTraining) {
    const Floats train = {0, 1, 1, 2, 1}, test = {1, 0, 1, 2};
    EXPECT_DOUBLE_EQ(trivial_baseline(Metric::accuracy, train, test, 3, 1), 0.5);
    EXPECT_DOUBLE_EQ(trivial_baseline(Metric::auc, train, test, 3, 1), 0.5);
    EXPECT_NEAR(trivial_baseline(Metric::log_loss, train, test, 3, 1), -(2 * std::log(0.6) + 2 * std::log(0.2)) / 4, exact);
    EXPECT_NEAR(trivial_baseline(Metric::f1, train, test, 3, 1), (2.0 * 2 / (2 + 4)) / 3, exact); // the other two classes score 0
    EXPECT_NEAR(trivial_baseline(Metric::f1, Floats{0, 1, 1}, Floats{1, 1, 0}, 2, 1), 4.0 / 5, exact);
    const Floats numbers = {1, 3}, others = {2, 5}; // predicts 2
    EXPECT_NEAR(trivial_baseline(Metric::rmse, numbers, others, 0, 3), 3 * std::sqrt(9 / 2.0), exact * 10);
    EXPECT_NEAR(trivial_baseline(Metric::mae, numbers, others, 0, 3), 3 * 1.5, exact * 10);
    EXPECT_NEAR(trivial_baseline(Metric::r2, numbers, others, 0, 3), 1 - 9 / 4.5, exact);
    EXPECT_THROW(trivial_baseline(Metric::r2, numbers, others, 2, 3), UsageError);
}

TEST(Metrics, DirectionAndTask) {
    for (const auto m : {Metric::accuracy, Metric::auc, Metric::f1, Metric::r2}) EXPECT_TRUE(higher_is_better(m));
    for (const auto m : {Metric::log_loss, Metric::rmse, Metric::mae}) EXPECT_FALSE(higher_is_better(m));
    EXPECT_TRUE(fits(Metric::log_loss, Task::binary));
    EXPECT_FALSE(fits(Metric::log_loss, Task::regression));
    EXPECT_TRUE(fits(Metric::r2, Task::regression));
    EXPECT_EQ(default_metric(Task::regression), Metric::rmse);
    EXPECT_EQ(default_metric(Task::multiclass), Metric::accuracy);
}

} // namespace
} // namespace caviar
