#include "caviar/mlp/init.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace caviar::mlp {
namespace {

constexpr Init every[] = {Init::he_uniform, Init::he_normal, Init::glorot_uniform, Init::glorot_normal, Init::lecun_uniform,
                          Init::lecun_normal, Init::fan_in_uniform, Init::fan_in_normal, Init::glorot_bound_normal};

/// The published variances, written out once more.
double variance(Init init, double in, double out) {
    switch (init) {
    case Init::he_uniform:
    case Init::he_normal: return 2 / in;             // He et al. 2015, eq. 10
    case Init::glorot_uniform:
    case Init::glorot_normal: return 2 / (in + out); // Glorot & Bengio 2010, eq. 12
    case Init::lecun_uniform:
    case Init::lecun_normal: return 1 / in;          // LeCun et al. 1998, eq. 16
    case Init::fan_in_uniform: return 1 / (3 * in);  // U(-1, 1) has variance 1/3
    case Init::fan_in_normal: return 1 / in;
    case Init::glorot_bound_normal: return 6 / (in + out);
    }
    return 0;
}

std::vector<float> weights(const LayerInit& layer) {
    std::vector<float> w;
    for (uint32_t in = 0; in < layer.n_in; ++in)
        for (uint32_t out = 0; out < layer.n_out; ++out) w.push_back(first_weight(layer, in, out));
    return w;
}

// The sample variance of N values has relative variance (kurtosis - 1) / N: 2 / N for normals, 0.8 / N for uniforms. Five of its
// standard deviations are allowed, and five of the mean's.
TEST(Init, VarianceAndMeanAreThePublishedOnes) {
    for (Init init : every)
        for (auto [in, out] : {std::pair{300u, 100u}, std::pair{17u, 1000u}}) {
            const float scale = 0.7f;
            const LayerInit layer = layer_init(11, 12, 1, in, out, false, init, scale, true);
            double sum = 0, squares = 0;
            const std::vector<float> w = weights(layer);
            for (float x : w) sum += x, squares += double{x} * x;
            const double n = static_cast<double>(w.size()), want = variance(init, in, out) * scale * scale;
            EXPECT_NEAR(squares / n, want, want * 5 * std::sqrt((is_normal(init) ? 2 : 0.8) / n)) << int(init);
            EXPECT_NEAR(sum / n, 0, 5 * std::sqrt(want / n)) << int(init);
        }
}

// A uniform on (-a, a) has variance a^2 / 3. The largest of N falls short of a by more than 14 / N of it with chance e^-14 = 1e-6.
TEST(Init, UniformsReachTheirBoundAndNoFurther) {
    for (Init init : every) {
        if (is_normal(init)) continue;
        const double bound = std::sqrt(3 * variance(init, 64, 32));
        double largest = 0;
        const std::vector<float> w = weights(layer_init(1, 2, 0, 64, 32, false, init, 1, false));
        for (float x : w) largest = std::max(largest, std::fabs(double{x}));
        EXPECT_LT(largest, bound * (1 + 1e-6)); // the bound itself is rounded to float
        EXPECT_GT(largest, bound * (1 - 14.0 / static_cast<double>(w.size())));
    }
}

TEST(Init, ScaleMultipliesAndZeroOutputIsZeroOnTheLastLayerOnly) {
    const LayerInit one = layer_init(1, 2, 0, 9, 7, false, Init::glorot_normal, 1, true);
    const LayerInit two = layer_init(1, 2, 0, 9, 7, false, Init::glorot_normal, 2, true);
    const LayerInit last = layer_init(1, 2, 0, 9, 7, true, Init::glorot_normal, 1, true);
    const LayerInit last_random = layer_init(1, 2, 0, 9, 7, true, Init::glorot_normal, 1, false);
    for (uint32_t in = 0; in < 9; ++in)
        for (uint32_t out = 0; out < 7; ++out) {
            EXPECT_EQ(first_weight(two, in, out), 2 * first_weight(one, in, out));
            EXPECT_EQ(first_weight(last, in, out), 0.0f);
            EXPECT_EQ(first_weight(last_random, in, out), first_weight(one, in, out));
        }
}

TEST(Init, FoursAndSinglesAgreeOnRaggedShapes) {
    for (Init init : {Init::he_normal, Init::he_uniform})
        for (auto [in, out] : {std::pair{1u, 1u}, std::pair{3u, 5u}, std::pair{17u, 3u}}) {
            const LayerInit layer = layer_init(5, 6, 2, in, out, false, init, 1, false);
            for (uint64_t i = 0; i < uint64_t{in} * out; ++i)
                EXPECT_EQ(first_weights(layer, i / 4).weight[i % 4],
                          first_weight(layer, static_cast<uint32_t>(i / out), static_cast<uint32_t>(i % out)));
        }
}

TEST(Init, LayersTrialsAndStudiesDiffer) {
    const auto first = [](uint64_t study, uint64_t trial, uint32_t layer) {
        return first_weight(layer_init(study, trial, layer, 8, 8, false, Init::he_normal, 1, false), 0, 0);
    };
    EXPECT_NE(first(1, 1, 0), first(1, 1, 1));
    EXPECT_NE(first(1, 1, 0), first(1, 2, 0));
    EXPECT_NE(first(1, 1, 0), first(2, 1, 0));
    EXPECT_EQ(first(1, 1, 0), first(1, 1, 0));
}

// The bits themselves: a compiler that fuses or reorders, on whatever machine, changes them, and with them every study.
TEST(Init, BitsAreFixed) {
    uint64_t hash = 0xcbf29ce484222325u; // FNV-1a
    for (Init init : every)
        for (float w : weights(layer_init(2024, 7, 1, 17, 23, false, init, 1.1f, false)))
            for (int byte = 0; byte < 4; ++byte) hash = (hash ^ (bits_of(w) >> 8 * byte & 0xff)) * 0x100000001b3u;
    EXPECT_EQ(hash, 4702363263825901577u);
}

} // namespace
} // namespace caviar::mlp
