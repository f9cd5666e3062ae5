/// Products, transposes and column sums on ragged shapes, under every instruction set, against plain loops in double.
#include "parts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace caviar::cpu {
namespace {

int32_t up(int32_t n, int32_t lanes) { return (n + lanes - 1) / lanes * lanes; }

class EachSet : public testing::TestWithParam<const Parts*> {};

std::vector<float> normals(std::mt19937& e, size_t n) {
    std::normal_distribution<float> normal;
    std::vector<float> values(n);
    for (float& v : values) v = normal(e);
    return values;
}

void expect_product(const Parts& parts, std::mt19937& e, bool transposed, int32_t M, int32_t N, int32_t K, int init_kind, bool heavy) {
    const int32_t wide = up(N, parts.lanes), lda = (transposed ? M : K) + static_cast<int32_t>(e() % 3), ldb = wide + parts.lanes * static_cast<int32_t>(e() % 2);
    const std::vector<float> a = normals(e, static_cast<size_t>((transposed ? K : M) * lda)), b = normals(e, static_cast<size_t>(K * ldb));
    const int32_t ld_init = init_kind == 1 ? 0 : wide;
    const std::vector<float> init = normals(e, static_cast<size_t>(M * wide));
    const int32_t ldc = wide + parts.lanes;
    constexpr float untouched = -77;
    std::vector<float> c(static_cast<size_t>(M * ldc), untouched);
    parts.product({transposed, M, N, K, a.data(), lda, b.data(), ldb, init_kind ? init.data() : nullptr, ld_init, c.data(), ldc, heavy});
    for (int32_t m = 0; m < M; ++m)
        for (int32_t n = 0; n < ldc; ++n) {
            const float got = c[static_cast<size_t>(m * ldc + n)];
            if (n >= wide) {
                ASSERT_EQ(got, untouched) << "written beyond the last pack";
                continue;
            }
            double want = init_kind ? double{init[static_cast<size_t>(m * ld_init + n)]} : 0, size = std::fabs(want);
            for (int32_t k = 0; k < K; ++k) {
                const double term = double{a[static_cast<size_t>(transposed ? k * lda + m : m * lda + k)]} * double{b[static_cast<size_t>(k * ldb + n)]};
                want += term;
                size += std::fabs(term);
            }
            // Each of K + 1 terms is rounded at most twice, each time by 2^-24 of a partial sum, which is at most `size`.
            ASSERT_NEAR(got, want, 2.0 * (K + 1) * 0x1p-24 * size) << M << " x " << N << " x " << K << " at " << m << ", " << n;
        }
}

TEST_P(EachSet, ProductsOfRaggedShapes) {
    std::mt19937 e(1);
    for (bool transposed : {false, true})
        for (int32_t M : {1, 2, 3, 5, 6, 7, 8, 9, 13, 17, 25, 64})
            for (int32_t N : {1, 3, 15, 16, 17, 31, 47, 64, 65, 100})
                for (int32_t K : {1, 2, 17, 64}) expect_product(*GetParam(), e, transposed, M, N, K, static_cast<int>(e() % 3), e() % 2);
}

TEST_P(EachSet, DeepProductsAreSummedInStretches) {
    std::mt19937 e(2);
    for (int32_t K : {127, 128, 129, 257, 784})
        for (int32_t M : {1, 31, 128})
            for (int32_t N : {10, 70})
                for (int init = 0; init < 3; ++init) expect_product(*GetParam(), e, false, M, N, K, init, init == 1);
}

TEST_P(EachSet, TransposesAndZeroesThePadding) {
    const Parts& parts = *GetParam();
    std::mt19937 e(3);
    for (int32_t rows : {1, 3, 15, 16, 17, 33, 100})
        for (int32_t columns : {1, 3, 15, 16, 17, 33, 100}) {
            const int32_t ld_in = up(rows, parts.lanes), wide = up(columns, parts.lanes), ld_out = wide + parts.lanes;
            const std::vector<float> in = normals(e, static_cast<size_t>(columns * ld_in));
            constexpr float untouched = -77;
            std::vector<float> out(static_cast<size_t>(rows * ld_out + 64), untouched);
            parts.transpose(rows, columns, in.data(), ld_in, out.data(), ld_out);
            for (int32_t r = 0; r < rows; ++r)
                for (int32_t c = 0; c < ld_out; ++c)
                    ASSERT_EQ(out[static_cast<size_t>(r * ld_out + c)], c < columns ? in[static_cast<size_t>(c * ld_in + r)] : c < wide ? 0 : untouched);
            for (size_t i = static_cast<size_t>(rows * ld_out); i < out.size(); ++i) ASSERT_EQ(out[i], untouched);
        }
}

TEST_P(EachSet, ColumnSums) {
    const Parts& parts = *GetParam();
    std::mt19937 e(4);
    for (int32_t rows : {1, 2, 3, 64, 65})
        for (int32_t columns : {1, 16, 17, 48, 64, 65, 100}) {
            const int32_t ld = up(columns, parts.lanes);
            const std::vector<float> in = normals(e, static_cast<size_t>(rows * ld));
            std::vector<float> out(static_cast<size_t>(ld));
            parts.column_sums(rows, columns, in.data(), ld, out.data());
            for (int32_t c = 0; c < ld; ++c) {
                double want = 0, size = 0;
                for (int32_t r = 0; r < rows; ++r) {
                    want += double{in[static_cast<size_t>(r * ld + c)]};
                    size += std::fabs(double{in[static_cast<size_t>(r * ld + c)]});
                }
                ASSERT_NEAR(out[static_cast<size_t>(c)], want, rows * 0x1p-24 * size);
            }
        }
}

INSTANTIATE_TEST_SUITE_P(Gemm, EachSet, testing::ValuesIn(usable_parts()), [](const auto& i) { return std::string(i.param->name); });

} // namespace
} // namespace caviar::cpu
