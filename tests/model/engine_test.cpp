// predict() with the real CPU engine against the plain loop in double.

#include "caviar/model.h"
#include "tests/model/samples.h"

#include <gtest/gtest.h>

namespace caviar {
namespace {

using namespace test;

/// Weights as after training: about 1/sqrt(inputs), so that outputs are of order one.
Weights moderate(std::vector<int32_t> widths, uint32_t seed) {
    Weights w{std::move(widths), {}};
    std::mt19937 random(seed);
    for (size_t i = 0; i + 1 < w.widths.size(); ++i) {
        const float bound = 1 / std::sqrt(static_cast<float>(w.widths[i]));
        for (int64_t k = 0; k < (int64_t{w.widths[i]} + 1) * w.widths[i + 1]; ++k) w.values.push_back(std::uniform_real_distribution<float>(-bound, bound)(random));
    }
    return w;
}

TEST(PredictOnCpu, AgreesWithThePlainLoop) {
    std::string csv = "width,colour\n";
    for (int i = 0; i < 101; ++i) csv += std::to_string(i % 7 - 3) + "." + std::to_string(i % 10) + (i % 3 == 0 ? ",red\n" : i % 3 == 1 ? ",?\n" : ",mauve\n");
    const Table table = read_table_bytes(csv, "data.csv");
    PlainEngine plain;
    EngineOptions options;
    options.name = "cpu";
    options.threads = 1;
    const auto cpu = make_engine(options).engine;
    for (const Activation activation : {Activation::relu, Activation::leaky_relu, Activation::tanh, Activation::sigmoid, Activation::gelu, Activation::silu})
        for (const std::vector<int32_t>& hidden : std::vector<std::vector<int32_t>>{{}, {1}, {17}, {33, 5}, {100, 3, 16}}) {
            Model m = softmax_model();
            m.activation = activation;
            std::vector<int32_t> widths = {6};
            widths.insert(widths.end(), hidden.begin(), hidden.end());
            widths.push_back(3);
            m.weights = moderate(widths, 11);
            const Predictions a = predict(m, table, *cpu), b = predict(m, table, plain);
            ASSERT_EQ(a.probabilities.size(), 303u);
            // A float sum of 100 terms of order one is off by 100 * 2^-24 = 6e-6 at worst, and a probability moves by a quarter of that.
            for (size_t i = 0; i < a.probabilities.size(); ++i) EXPECT_NEAR(a.probabilities[i], b.probabilities[i], 6e-6) << to_string(activation) << " row " << i / 3;
        }
}

} // namespace
} // namespace caviar
