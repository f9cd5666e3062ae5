// Variances of metrics, against formulas where there are some, and against what other samples of rows would have given.

#include "host/core/metric_variance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace caviar::core {
namespace {

struct Rows {
    std::vector<float> outputs, targets;
};

/// Binary: logits that know a little of the class. Regression: values with an error.
Rows draw(bool classes, int count, std::mt19937_64& random) {
    std::normal_distribution<float> bell(0, 1);
    Rows rows;
    for (int i = 0; i < count; ++i) {
        const float target = classes ? static_cast<float>(random() % 2) : bell(random);
        rows.targets.push_back(target);
        rows.outputs.push_back(classes ? 2 * target - 1 + bell(random) : target + 0.5f * bell(random));
    }
    return rows;
}

Loss loss_of(Metric metric) { return fits(metric, Task::binary) ? Loss::binary_cross_entropy : Loss::mean_squared_error; }

TEST(MetricVariance, OfAnAccuracyIsBernoullis) {
    EXPECT_DOUBLE_EQ(accuracy_variance(0.9, 101), 0.9 * 0.1 / 100);
    EXPECT_EQ(accuracy_variance(1, 50), 0);
    EXPECT_EQ(accuracy_variance(0.5, 1), 0);
    const std::vector<float> outputs = {1, 1, 1, -1}, targets = {1, 1, 0, 0};
    EXPECT_DOUBLE_EQ(metric_variance(Metric::accuracy, Loss::binary_cross_entropy, outputs, 1, targets, 1), 0.75 * 0.25 / 3);
}

TEST(MetricVariance, OfAMeanIsTheSampleVarianceOverN) {
    std::mt19937_64 random(3);
    for (const int n : {2, 7, 32}) { // each row is a group
        const Rows rows = draw(false, n, random);
        const double scale = 2.5;
        double mean = 0, squares = 0;
        std::vector<double> errors;
        for (int i = 0; i < n; ++i) errors.push_back(scale * std::abs(double{rows.outputs[static_cast<size_t>(i)]} - rows.targets[static_cast<size_t>(i)]));
        for (const double e : errors) mean += e / n;
        for (const double e : errors) squares += (e - mean) * (e - mean);
        const double expected = squares / (n - 1) / n;
        EXPECT_NEAR(metric_variance(Metric::mae, Loss::mean_squared_error, rows.outputs, 1, rows.targets, scale), expected, 1e-12 * expected + 1e-15) << n;
    }
}

TEST(MetricVariance, OfOneRowIsNothing) {
    const std::vector<float> one = {0.5};
    EXPECT_EQ(metric_variance(Metric::rmse, Loss::mean_squared_error, one, 1, one, 1), 0);
}

// The spread of the metric over many samples of rows is what a single sample's variance should tell, on average: 400 samples know the
// deviation to 1 / sqrt(800), 4 %, and the jackknife of a curved metric is biased by a few more at 300 rows.
TEST(MetricVariance, TellsHowOtherRowsWouldHaveScored) {
    for (const Metric metric : {Metric::log_loss, Metric::auc, Metric::f1, Metric::rmse, Metric::mae, Metric::r2}) {
        std::mt19937_64 random(11);
        constexpr int samples = 400, rows_each = 300;
        double mean = 0, squares = 0, told = 0;
        std::vector<double> values;
        for (int s = 0; s < samples; ++s) {
            const Rows rows = draw(fits(metric, Task::binary), rows_each, random);
            values.push_back(evaluate(metric, loss_of(metric), rows.outputs, 1, rows.targets, 1));
            told += metric_variance(metric, loss_of(metric), rows.outputs, 1, rows.targets, 1) / samples;
        }
        for (const double v : values) mean += v / samples;
        for (const double v : values) squares += (v - mean) * (v - mean) / (samples - 1);
        EXPECT_NEAR(std::sqrt(told / squares), 1, 0.12) << to_string(metric);
    }
}

} // namespace
} // namespace caviar::core
