#include "host/cpu/cost.h"
#include "host/cpu/shape.h"

#include <gtest/gtest.h>

#include <numeric>

namespace caviar::cpu {
namespace {

TEST(Shape, RowsAreWholePacksAndNoPowerOfTwoApart) {
    EXPECT_EQ(mlp::leading_dimension(1, 16), 16);
    EXPECT_EQ(mlp::leading_dimension(17, 16), 32);
    EXPECT_EQ(mlp::leading_dimension(17, 8), 24);
    EXPECT_EQ(mlp::leading_dimension(64, 16), 64);
    EXPECT_EQ(mlp::leading_dimension(128, 16), 144);
    EXPECT_EQ(mlp::leading_dimension(250, 16), 272);
}

TEST(Shape, PaddingAndBack) {
    for (int32_t lanes : {4, 8, 16}) {
        const std::vector<int32_t> widths{3, 17, 1, 100, 2};
        const Shape shape(widths, lanes);
        std::vector<float> values(static_cast<size_t>(weight_count(widths)));
        std::iota(values.begin(), values.end(), 1.0f);
        const AlignedFloats padded = shape.pad(values);
        EXPECT_EQ(shape.unpad(padded), values);
        EXPECT_EQ(padded.size(), shape.sizes.parameters);
        double inside = 0, everywhere = 0;
        for (float v : values) inside += static_cast<double>(v);
        for (int64_t i = 0; i < padded.size(); ++i) everywhere += static_cast<double>(padded.data()[i]);
        EXPECT_EQ(inside, everywhere) << "padding is zero";
        for (const mlp::Layer& layer : shape.layers) EXPECT_EQ(layer.weights % lanes, 0);
    }
}

TEST(Shape, PartsOfTheWorkspaceDoNotOverlap) {
    for (bool slopes : {false, true})
        for (bool gradient : {false, true}) {
            Shape shape({3, 17, 5, 2}, 16);
            const mlp::Workspace w = mlp::lay_out_workspace(shape.layers.data(), 3, shape.sizes, 32, slopes, gradient);
            std::vector<std::pair<int64_t, int64_t>> parts{ // offset, floats
                {w.inputs, 32 * shape.sizes.input_ld}, {w.order, 32}, {w.outputs, 32 * shape.layers.back().ld},
                {w.transposed, std::max(5 * 32, 2 * 32)}, {w.targets, 32}};
            EXPECT_EQ(w.columns, w.transposed) << "they are never in use together";
            for (int l = 0; l < 2; ++l) {
                parts.emplace_back(shape.layers[static_cast<size_t>(l)].activation, 32 * shape.layers[static_cast<size_t>(l)].ld);
                if (slopes) parts.emplace_back(shape.layers[static_cast<size_t>(l)].slope, 32 * shape.layers[static_cast<size_t>(l)].ld);
            }
            if (gradient) parts.emplace_back(w.gradient, shape.sizes.parameters);
            std::sort(parts.begin(), parts.end());
            int64_t end = 0;
            for (const auto& [at, size] : parts) {
                EXPECT_GE(at, end);
                EXPECT_EQ(at % 16, 0);
                end = at + size;
            }
            EXPECT_LE(end, w.size);
        }
}

TEST(Cost, OfTheBenchmarksNet) {
    // 64-64-64-10: 8,832 weights, of which 4,096 in the first layer.
    const std::vector<int32_t> widths{64, 64, 64, 10};
    EXPECT_EQ(forward_flops(widths), 2 * 8832);
    EXPECT_EQ(training_flops(widths), 6 * 8832 - 2 * 4096);
    EXPECT_EQ(training_flops(std::vector<int32_t>{5}), 0);
}

} // namespace
} // namespace caviar::cpu
