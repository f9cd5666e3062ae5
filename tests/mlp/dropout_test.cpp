#include "caviar/mlp/dropout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace caviar::mlp {
namespace {

// The share kept of N independent decisions has standard deviation sqrt(p (1 - p) / N); five are allowed, and half of 2^-16 for
// the rounding of the rate.
TEST(Dropout, KeepsTheRightShare) {
    for (float rate : {0.05f, 0.2f, 0.5f, 0.9f}) {
        const Dropout d = make_dropout(3, 4, rate);
        constexpr uint32_t steps = 20, rows = 37, units = 50;
        double kept = 0, by_lane[Dropout::rows] = {}, lane_decisions[Dropout::rows] = {};
        for (uint32_t step = 0; step < steps; ++step)
            for (uint32_t row = 0; row < rows; ++row)
                for (uint32_t unit = 0; unit < units; ++unit) {
                    const bool keep = dropout_factor(d, step, 1, row, unit) != 0;
                    kept += keep;
                    by_lane[row % Dropout::rows] += keep;
                    lane_decisions[row % Dropout::rows] += 1;
                }
        const double n = steps * rows * units, p = 1 - double{rate};
        EXPECT_NEAR(kept / n, p, 5 * std::sqrt(p * (1 - p) / n) + 0x1p-17);
        for (uint32_t lane = 0; lane < Dropout::rows; ++lane)
            EXPECT_NEAR(by_lane[lane] / lane_decisions[lane], p, 5 * std::sqrt(p * (1 - p) / lane_decisions[lane]) + 0x1p-17);
    }
}

// Two independent decisions agree with probability p^2 + (1 - p)^2 = 1/2 at p = 1/2.
TEST(Dropout, StepsLayersRowsAndUnitsAreIndependent) {
    const Dropout d = make_dropout(3, 4, 0.5f), other = make_dropout(3, 5, 0.5f);
    int64_t step = 0, far_step = 0, layer = 0, row = 0, unit = 0, trial = 0;
    constexpr uint32_t rows = 100, units = 100;
    for (uint32_t r = 0; r < rows; ++r)
        for (uint32_t u = 0; u < units; ++u) {
            const float here = dropout_factor(d, 7, 1, r, u);
            step += here == dropout_factor(d, 8, 1, r, u);
            far_step += here == dropout_factor(d, 7 + (uint64_t{1} << 32), 1, r, u);
            layer += here == dropout_factor(d, 7, 2, r, u);
            row += here == dropout_factor(d, 7, 1, r + 1, u);
            unit += here == dropout_factor(d, 7, 1, r, u + 1);
            trial += here == dropout_factor(other, 7, 1, r, u);
        }
    for (int64_t same : {step, far_step, layer, row, unit, trial})
        EXPECT_NEAR(static_cast<double>(same), rows * units / 2.0, 5 * std::sqrt(rows * units / 4.0));
}

TEST(Dropout, ZeroRateKeepsAllAndTheHighestRateIsFinite) {
    const Dropout none = make_dropout(1, 2, 0);
    EXPECT_EQ(none.scale, 1.0f);
    for (uint32_t unit = 0; unit < 10000; ++unit) ASSERT_EQ(dropout_factor(none, 0, 0, unit % 9, unit), 1.0f);
    const Dropout nearly_all = make_dropout(1, 2, std::nextafter(1.0f, 0.0f));
    EXPECT_EQ(nearly_all.scale, 65536.0f);
}

TEST(Dropout, WhatIsKeptIsScaledByOneOverTheShareKept) {
    for (float rate : {0.1f, 0.25f, 0.5f, 0.77f}) // 2^-17 of rounding in the rate, relative to what is kept
        EXPECT_NEAR(make_dropout(1, 2, rate).scale * (1 - rate), 1, 0x1p-17 / (1 - rate) + 1e-6);
}

TEST(Dropout, EightRowsAtOnceAreTheSame) {
    const Dropout d = make_dropout(8, 9, 0.3f);
    constexpr uint32_t units = 19;
    constexpr int64_t stride = 24;
    for (uint32_t group : {0u, 5u}) {
        std::vector<float> factor(Dropout::rows * stride, -1.0f);
        dropout_factors(d, 123, 2, group, units, factor.data(), stride);
        for (uint32_t j = 0; j < Dropout::rows; ++j)
            for (uint32_t unit = 0; unit < stride; ++unit)
                EXPECT_EQ(factor[j * stride + unit], unit < units ? dropout_factor(d, 123, 2, group * 8 + j, unit) : -1.0f);
    }
}

} // namespace
} // namespace caviar::mlp
