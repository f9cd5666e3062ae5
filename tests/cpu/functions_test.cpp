/// The elementary functions over packs against libm in double, under every instruction set.
#include "parts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace caviar::cpu {
namespace {

class Functions : public testing::TestWithParam<const Parts*> {};

std::vector<float> apply(const Parts& parts, Function f, std::vector<float> in) {
    const size_t count = in.size();
    while (in.size() % 16 != 0) in.push_back(1);
    std::vector<float> out(in.size());
    parts.apply(f, in.data(), out.data(), static_cast<int32_t>(in.size()));
    out.resize(count);
    return out;
}

std::vector<float> range(double low, double high, int count) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i) values.push_back(static_cast<float>(low + (high - low) * i / (count - 1)));
    return values;
}

/// The largest error relative to the true value.
double worst(const Parts& parts, Function f, const std::vector<float>& in, const std::function<double(double)>& truth) {
    const std::vector<float> out = apply(parts, f, in);
    double error = 0;
    for (size_t i = 0; i < in.size(); ++i) {
        const double want = truth(in[i]);
        if (want != 0) error = std::max(error, std::fabs(static_cast<double>(out[i]) - want) / std::fabs(want));
        else EXPECT_EQ(out[i], 0) << in[i];
    }
    return error;
}

constexpr double ulp = 0x1p-23;

TEST_P(Functions, AreNearTheTruth) {
    const Parts& p = *GetParam();
    // Cephes gives 2e-7 for its polynomials of exp and tanh; each operation around them adds at most half an ulp.
    EXPECT_LT(worst(p, Function::exp, range(-87, 88, 200001), [](double x) { return std::exp(x); }), 3 * ulp);
    EXPECT_LT(worst(p, Function::log, range(1e-3, 50, 200001), [](double x) { return std::log(x); }), 4 * ulp);
    EXPECT_LT(worst(p, Function::log, {1e-37f, 1e-20f, 0.5f, 1, 1.5f, 1e20f, 3e38f}, [](double x) { return std::log(x); }), 4 * ulp);
    EXPECT_LT(worst(p, Function::tanh, range(-12, 12, 200001), [](double x) { return std::tanh(x); }), 4 * ulp);
    EXPECT_LT(worst(p, Function::tanh, range(-1e-3, 1e-3, 2001), [](double x) { return std::tanh(x); }), 4 * ulp);
    EXPECT_LT(worst(p, Function::sigmoid, range(-80, 80, 200001), [](double x) { return 1 / (1 + std::exp(-x)); }), 5 * ulp);
    // In the exponent stands x^2/2, rounded: up to 8 at x = 4, which is 8 half ulps of the result, and the fit's 5.2e-8.
    EXPECT_LT(worst(p, Function::normal_cdf, range(-4, 8, 200001), [](double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }), 20 * ulp);
    EXPECT_LT(worst(p, Function::normal_density, range(-4, 4, 200001), [](double x) { return std::exp(-x * x / 2) / std::sqrt(2 * M_PI); }), 20 * ulp);
    EXPECT_LT(worst(p, Function::inverse_root, range(1e-12, 4, 200001), [](double x) { return 1 / (std::sqrt(x) + double{1e-8f}); }), 4 * ulp);
    EXPECT_LT(worst(p, Function::inverse_root, {1e-30f, 1e-20f, 1e-16f, 1e10f, 1e30f}, [](double x) { return 1 / (std::sqrt(x) + double{1e-8f}); }), 4 * ulp);
}

TEST_P(Functions, LimitsAndNaN) {
    const Parts& p = *GetParam();
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    for (Function f : {Function::exp, Function::log, Function::tanh, Function::sigmoid, Function::normal_cdf, Function::normal_density})
        EXPECT_TRUE(std::isnan(apply(p, f, {nan})[0])) << static_cast<int>(f);
    EXPECT_EQ(apply(p, Function::tanh, {100, -100, 0}), (std::vector<float>{1, -1, 0}));
    EXPECT_EQ(apply(p, Function::sigmoid, {100, 0})[0], 1);
    EXPECT_LT(apply(p, Function::sigmoid, {-100})[0], 1e-37f);
    EXPECT_EQ(apply(p, Function::log, {inf})[0], inf);
    EXPECT_LT(apply(p, Function::exp, {-200})[0], 1e-37f);
    const float still = apply(p, Function::inverse_root, {0})[0]; // Adam's first steps on a weight without a gradient
    EXPECT_NEAR(still, 1e8, 1e8 * 8 * ulp);
}

INSTANTIATE_TEST_SUITE_P(Cpu, Functions, testing::ValuesIn(usable_parts()), [](const auto& i) { return std::string(i.param->name); });

} // namespace
} // namespace caviar::cpu
