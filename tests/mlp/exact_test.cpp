#include "caviar/mlp/exact.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace caviar::mlp {
namespace {

/// The distance of x from the true value, in units of the last place of the true value as a float.
double ulps(float x, double truth) {
    const double ulp = std::ldexp(1.0, std::max(-126, std::ilogb(truth)) - 23);
    return std::fabs(static_cast<double>(x) - truth) / ulp;
}

// Every 61st (a prime) of the arguments that uniform_positive gives; all of them were within 1.61 ulp.
TEST(ExactLog, IsWithinTwoUlpOnUniforms) {
    double worst = 0;
    for (uint32_t m = 1; m < 1u << 24; m += 61) {
        const float u = static_cast<float>(m) * 0x1p-24f;
        worst = std::max(worst, ulps(exact_log(u), std::log(static_cast<double>(u))));
    }
    EXPECT_LT(worst, 2);
    EXPECT_EQ(exact_log(1.0f), 0.0f);
}

TEST(ExactLog, HoldsOverAllMagnitudes) {
    for (float x = 0x1p-126f; x < 1e38f; x *= 1.37f) EXPECT_LT(ulps(exact_log(x), std::log(static_cast<double>(x))), 2) << x;
}

TEST(ExactSinCos, IsWithinTwoUlpAllAround) {
    double worst = 0;
    for (uint32_t turn = 1; turn < 1u << 24; turn += 61) {
        if (turn % (1u << 22) == 0) continue;
        const double angle = std::ldexp(6.283185307179586477, -24) * turn;
        const SinCos got = exact_sincos(turn);
        worst = std::max({worst, ulps(got.sin, std::sin(angle)), ulps(got.cos, std::cos(angle))});
    }
    EXPECT_LT(worst, 2);
}

TEST(ExactSinCos, IsExactAtTheQuarters) {
    const float sine[] = {0, 1, 0, -1}, cosine[] = {1, 0, -1, 0};
    for (uint32_t quarter = 0; quarter < 4; ++quarter) {
        const SinCos got = exact_sincos(quarter << 22);
        EXPECT_EQ(got.sin, sine[quarter]);
        EXPECT_EQ(got.cos, cosine[quarter]);
    }
}

} // namespace
} // namespace caviar::mlp
