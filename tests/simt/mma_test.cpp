// The matrix unit against a plain product, fragments laid out as the PTX ISA says, once more and by hand.

#include "cuda/device/intrinsics.cuh"
#include "tests/simt/launch.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

namespace caviar {
namespace {

float tf32(float x) { return std::bit_cast<float>(cuda::to_tf32(x)); }
float bf16(float x) { return std::bit_cast<float>(cuda::pack_bf16x2(0, x)); }

/// A 16 x depth, B depth x 8, C and D 16 x 8, by rows.
struct Product {
    explicit Product(int depth_, uint64_t seed) : depth(depth_), a(16 * n()), b(n() * 8), d(16 * 8) {
        std::mt19937_64 random(seed);
        std::uniform_real_distribution<float> uniform(-2, 2);
        for (auto* matrix : {&a, &b, &d})
            for (float& x : *matrix) x = uniform(random);
        c = d;
    }
    size_t n() const { return static_cast<size_t>(depth); }

    /// D within `depth` roundings of C + A B, the operands rounded by `round`.
    void check(float (*round)(float)) const {
        for (size_t r = 0; r < 16; ++r)
            for (size_t k = 0; k < 8; ++k) {
                double sum = c[r * 8 + k], size = std::fabs(sum);
                for (size_t i = 0; i < n(); ++i) {
                    const double term = double{round(a[r * n() + i])} * double{round(b[i * 8 + k])};
                    sum += term;
                    size += std::fabs(term);
                }
                EXPECT_NEAR(d[r * 8 + k], sum, size * depth * 0x1p-24) << r << " " << k;
            }
    }

    int depth;
    std::vector<float> a, b, d, c;
};

__global__ void product_tf32(const float* a, const float* b, float* d) {
    const unsigned g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
    const uint32_t fa[4] = {cuda::to_tf32(a[g * 8 + t]), cuda::to_tf32(a[(g + 8) * 8 + t]), cuda::to_tf32(a[g * 8 + t + 4]),
                            cuda::to_tf32(a[(g + 8) * 8 + t + 4])};
    const uint32_t fb[2] = {cuda::to_tf32(b[t * 8 + g]), cuda::to_tf32(b[(t + 4) * 8 + g])};
    float fd[4] = {d[g * 8 + 2 * t], d[g * 8 + 2 * t + 1], d[(g + 8) * 8 + 2 * t], d[(g + 8) * 8 + 2 * t + 1]};
    cuda::mma_m16n8k8_tf32(fd, fa, fb);
    for (unsigned i = 0; i < 4; ++i) d[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = fd[i];
}

__global__ void product_bf16(const float* a, const float* b, float* d) {
    const unsigned g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
    const auto of_a = [&](unsigned row, unsigned column) {
        return cuda::pack_bf16x2(a[row * 16 + column], a[row * 16 + column + 1]);
    };
    const auto of_b = [&](unsigned row) { return cuda::pack_bf16x2(b[row * 8 + g], b[(row + 1) * 8 + g]); };
    const uint32_t fa[4] = {of_a(g, 2 * t), of_a(g + 8, 2 * t), of_a(g, 2 * t + 8), of_a(g + 8, 2 * t + 8)};
    const uint32_t fb[2] = {of_b(2 * t), of_b(2 * t + 8)};
    float fd[4] = {d[g * 8 + 2 * t], d[g * 8 + 2 * t + 1], d[(g + 8) * 8 + 2 * t], d[(g + 8) * 8 + 2 * t + 1]};
    cuda::mma_m16n8k16_bf16(fd, fa, fb);
    for (unsigned i = 0; i < 4; ++i) d[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = fd[i];
}

TEST(Mma, Tf32IsTheProduct) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
        Product p(8, seed);
        simt::launch(1, 32, 0, product_tf32, p.a.data(), p.b.data(), p.d.data());
        p.check(tf32);
    }
}

TEST(Mma, Bf16IsTheProduct) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
        Product p(16, seed);
        simt::launch(1, 32, 0, product_bf16, p.a.data(), p.b.data(), p.d.data());
        p.check(bf16);
    }
}

/// What is not rounded first is cut: the unit reads 19 bits of an operand.
TEST(Mma, Tf32CutsWhatWasNotRounded) {
    std::vector<float> out(32);
    simt::launch(
        1, 32, 0,
        [](float* at) {
            const uint32_t almost_two = __float_as_uint(0x1.fffffep0f), one = __float_as_uint(1.0f);
            const uint32_t a[4] = {almost_two, almost_two, 0, 0}, b[2] = {one, one};
            float d[4] = {};
            cuda::mma_m16n8k8_tf32(d, a, b);
            at[threadIdx.x] = d[0];
        },
        out.data());
    EXPECT_EQ(out, std::vector<float>(32, 4 * 0x1.ffcp0f));
}

TEST(Rounding, Tf32GoesToTheNearestAwayFromZero) {
    EXPECT_EQ(tf32(1.0f), 1.0f);
    EXPECT_EQ(tf32(0x1.002p0f), 0x1.004p0f); // a tie
    EXPECT_EQ(tf32(-0x1.002p0f), -0x1.004p0f);
    EXPECT_EQ(tf32(0x1.001ffep0f), 0x1.0p0f);
    EXPECT_EQ(tf32(0x1.006p0f), 0x1.008p0f);
    EXPECT_TRUE(std::isnan(tf32(NAN)));
    EXPECT_EQ(tf32(-INFINITY), -INFINITY);
}

TEST(Rounding, Bf16GoesToTheNearestEven) {
    EXPECT_EQ(bf16(0x1.01p0f), 0x1.00p0f); // ties
    EXPECT_EQ(bf16(0x1.03p0f), 0x1.04p0f);
    EXPECT_EQ(bf16(0x1.010002p0f), 0x1.02p0f);
    EXPECT_EQ(bf16(-0x1.fffffep0f), -2.0f);
    EXPECT_EQ(bf16(0x1.fffffep127f), INFINITY);
    EXPECT_TRUE(std::isnan(bf16(NAN)));
    EXPECT_EQ(cuda::pack_bf16x2(1.0f, -2.0f), 0xc0003f80u);
}

} // namespace
} // namespace caviar
