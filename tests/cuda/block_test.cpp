/// The device's collectives, played on the CPU, against plain loops.

#include "caviar/mlp/forward.h"
#include "caviar/mlp/loss.h"
#include "cuda/device/block.cuh"
#include "tests/simt/launch.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

namespace caviar::cuda {
namespace {

/// A matrix with rows as the device has them; what lies past the columns is not a number, so that using it shows.
struct Rows {
    int32_t rows, columns, ld;
    std::vector<float> values;
    Rows(int32_t r, int32_t c, float fill = NAN) : rows(r), columns(c), ld(row_length(c)), values(static_cast<size_t>(r) * static_cast<size_t>(ld) + 4, fill) {
        start_ = (16 - reinterpret_cast<uintptr_t>(values.data()) % 16) % 16 / 4;
    }
    float* data() { return values.data() + start_; }
    float& at(int32_t r, int32_t c) { return data()[r * ld + c]; }
    void draw(std::mt19937& random) {
        std::uniform_real_distribution<float> u(-1, 1);
        for (int32_t r = 0; r < rows; ++r)
            for (int32_t c = 0; c < columns; ++c) at(r, c) = u(random);
    }

private:
    size_t start_ = 0;
};

enum class Where { resident, staged };

struct Case {
    int32_t rows, columns, depth;
    bool transposed, init;
};

struct Arguments {
    Case shape;
    Precision precision;
    const float *a, *b, *init;
    float* c;
    int32_t lda, ldb, ldc;
};

Team whole_block() {
    return {static_cast<int32_t>(threadIdx.x), static_cast<int32_t>(blockDim.x), 1, reinterpret_cast<double*>(shared_memory())};
}

template <Where where, bool Matrix, bool Transposed> void multiply(const Arguments& x) {
    DeviceBlock<where == Where::resident, Matrix> block(whole_block(), x.precision, reinterpret_cast<float*>(shared_memory() + 256));
    block.template gemm<Transposed>(x.shape.rows, x.shape.columns, x.shape.depth, x.a, x.lda, x.b, x.ldb, x.init, 0, mlp::Keep{x.c, x.ldc});
}

template <Where where, bool Matrix> __global__ void product_kernel(Arguments x) {
    if (x.shape.transposed)
        multiply<where, Matrix, true>(x);
    else
        multiply<where, Matrix, false>(x);
}

constexpr size_t shared_bytes = 256 + stage_floats * 4;

/// Runs the product on a block of so many threads.
template <Where where, bool Matrix> Rows run(const Case& shape, int threads, Precision precision, Rows& a, Rows& b, Rows& init) {
    Rows c(shape.rows, shape.columns, -7);
    const Arguments x{shape, precision, a.data(), b.data(), shape.init ? init.data() : nullptr, c.data(), a.ld, b.ld, c.ld};
    simt::launch(1, static_cast<unsigned>(threads), shared_bytes, product_kernel<where, Matrix>, x);
    return c;
}

struct Problem {
    Rows a, b, init;
    Problem(const Case& s, unsigned seed)
        : a(s.transposed ? s.depth : s.rows, s.transposed ? s.rows : s.depth), b(s.depth, s.columns, 0), init(1, s.columns, 0) {
        std::mt19937 random(seed);
        a.draw(random);
        b.draw(random);
        init.draw(random);
    }
    float left(const Case& s, int32_t r, int32_t k) { return s.transposed ? a.at(k, r) : a.at(r, k); }
};

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const auto& [m, n, k] : std::vector<std::array<int32_t, 3>>{{1, 1, 1}, {3, 17, 5}, {64, 64, 64}, {64, 10, 64}, {17, 100, 3}, {100, 3, 33}, {33, 2, 16}, {70, 130, 40}, {5, 9, 100}})
        for (bool transposed : {false, true}) all.push_back({m, n, k, transposed, (m + n) % 2 == 0});
    return all;
}

/// On the fp32 units every sum is one chain of fused multiply-adds over k: whatever the tile, the team or the way, the same bits.
TEST(Product, IsTheSameChainOfMultiplyAddsForEveryTeam) {
    unsigned seed = 0;
    for (const Case& s : cases()) {
        Problem p(s, ++seed);
        for (int threads : {32, 64, 128, 512}) {
            Rows here = run<Where::resident, false>(s, threads, Precision::fp32, p.a, p.b, p.init);
            Rows there = run<Where::staged, false>(s, threads, Precision::fp32, p.a, p.b, p.init);
            for (int32_t r = 0; r < s.rows; ++r)
                for (int32_t c = 0; c < s.columns; ++c) {
                    float expected = s.init ? p.init.at(0, c) : 0.0f;
                    for (int32_t k = 0; k < s.depth; ++k) expected = std::fmaf(p.left(s, r, k), p.b.at(k, c), expected);
                    ASSERT_EQ(here.at(r, c), expected) << s.rows << "x" << s.columns << "x" << s.depth << " at " << r << ", " << c << " by " << threads;
                    ASSERT_EQ(there.at(r, c), expected) << "staged " << s.rows << "x" << s.columns << "x" << s.depth << " at " << r << ", " << c << " by " << threads;
                }
            EXPECT_EQ(here.data()[(s.rows - 1) * here.ld + row_length(s.columns) - 1] == -7.0f, (s.columns + 3) / 4 % 2 == 0) << "only whole packs are written";
        }
    }
}

/// Share of the sum of |a b| by which a product may miss. Each operand is rounded to within half a unit of its last place (2^-11 for
/// tf32, 2^-8 for bf16, relative), both may be off; three products of halves leave what is below 2^-22 of each, and the sums' own rounding,
/// at most one unit of 2^-24 for each of the additions.
double tolerance(Precision p, int32_t depth) {
    const double sums = 4.0 * (depth + 4) * 0x1p-24;
    if (p == Precision::tf32) return 2.01 * 0x1p-11 + sums;
    if (p == Precision::bf16) return 2.01 * 0x1p-8 + sums;
    return 4 * 0x1p-22 + sums;
}

TEST(Product, OnTheMatrixUnitsIsWithinItsRounding) {
    unsigned seed = 100;
    for (const Case& s : cases()) {
        Problem p(s, ++seed);
        for (Precision precision : {Precision::tf32, Precision::tf32x3, Precision::bf16})
            for (int threads : {32, 128}) {
                Rows here = run<Where::resident, true>(s, threads, precision, p.a, p.b, p.init);
                Rows there = run<Where::staged, true>(s, threads, precision, p.a, p.b, p.init);
                for (int32_t r = 0; r < s.rows; ++r)
                    for (int32_t c = 0; c < s.columns; ++c) {
                        double expected = s.init ? p.init.at(0, c) : 0, size = std::abs(expected);
                        for (int32_t k = 0; k < s.depth; ++k) {
                            const double term = double{p.left(s, r, k)} * double{p.b.at(k, c)};
                            expected += term;
                            size += std::abs(term);
                        }
                        ASSERT_NEAR(here.at(r, c), expected, tolerance(precision, s.depth) * size)
                            << s.rows << "x" << s.columns << "x" << s.depth << " precision " << static_cast<int>(precision) << " by " << threads;
                        ASSERT_EQ(here.at(r, c), there.at(r, c)) << "staged is the same";
                    }
            }
    }
}

__global__ void transpose_kernel(int32_t rows, int32_t columns, const float* in, int32_t ld_in, float* out, int32_t ld_out) {
    DeviceBlock<true, false>(whole_block(), Precision::fp32, nullptr).transpose(rows, columns, in, ld_in, out, ld_out);
}

TEST(Transpose, TurnsRaggedMatricesAndFillsPacksWithZeros) {
    std::mt19937 random(1);
    for (int32_t rows : {1, 3, 10, 64, 65})
        for (int32_t columns : {1, 4, 17, 64}) {
            Rows in(columns, rows), out(rows, columns, -7);
            in.draw(random);
            simt::launch(1, 64, 256, transpose_kernel, rows, columns, static_cast<const float*>(in.data()), in.ld, out.data(), out.ld);
            for (int32_t r = 0; r < rows; ++r) {
                for (int32_t c = 0; c < columns; ++c) ASSERT_EQ(out.at(r, c), in.at(c, r));
                for (int32_t c = columns; c < (columns + 3) / 4 * 4; ++c) ASSERT_EQ(out.at(r, c), 0);
            }
        }
}

__global__ void sums_kernel(int32_t rows, int32_t columns, const float* in, int32_t ld, float* out) {
    DeviceBlock<true, false> block(whole_block(), Precision::fp32, nullptr);
    block.column_sums(rows, columns, in, ld, [out](int32_t, int32_t column, Lanes sum) { sum.store(out + column); });
}

TEST(ColumnSums, AreTheColumnsSums) {
    std::mt19937 random(2);
    for (int32_t rows : {1, 7, 8, 64, 100})
        for (int32_t columns : {1, 10, 64, 100}) {
            Rows in(rows, columns, 0), few(1, columns, -7), many(1, columns, -7);
            in.draw(random);
            simt::launch(1, 32, 256, sums_kernel, rows, columns, static_cast<const float*>(in.data()), in.ld, few.data());
            simt::launch(1, 512, 256, sums_kernel, rows, columns, static_cast<const float*>(in.data()), in.ld, many.data());
            for (int32_t c = 0; c < columns; ++c) {
                double expected = 0;
                for (int32_t r = 0; r < rows; ++r) expected += in.at(r, c);
                ASSERT_NEAR(few.at(0, c), expected, rows * 0x1p-24 * rows); // terms below 1, each addition rounds once
                ASSERT_EQ(few.at(0, c), many.at(0, c)) << "the order of a column's sum follows from the shape alone";
            }
        }
}

struct LossCase {
    mlp::LossView view;
    Loss loss;
    float* total; ///< one a lane
};

__global__ void loss_kernel(LossCase x) {
    DeviceBlock<true, false> block(whole_block(), Precision::fp32, nullptr);
    x.total[threadIdx.x] = mlp::loss_and_gradient(block, x.loss, x.view);
}

/// Rows by few and by many lanes, more outputs than lanes, lanes without a row.
TEST(RowLoss, IsThatOfPlainLoopsForEveryTeam) {
    std::mt19937 random(4);
    for (int32_t rows : {1, 5, 33, 64})
        for (int32_t width : {1, 2, 3, 10, 40})
            for (int threads : {32, 128, 512}) {
                const Loss loss = width > 1 ? Loss::softmax_cross_entropy : rows % 2 == 0 ? Loss::mean_squared_error : Loss::binary_cross_entropy;
                Rows y(rows, width);
                y.draw(random);
                Rows raw = y;
                std::vector<float> targets, total(static_cast<size_t>(threads), -1);
                for (int32_t r = 0; r < rows; ++r) targets.push_back(width > 1 ? static_cast<float>((7 * r) % width) : static_cast<float>(r % 2));
                const float scale = 1.0f / static_cast<float>(rows);
                simt::launch(1, static_cast<unsigned>(threads), 256, loss_kernel,
                             LossCase{{y.data(), targets.data(), nullptr, rows, width, y.ld, 0, scale, true}, loss, total.data()});
                double sum = 0;
                for (int32_t r = 0; r < rows; ++r) {
                    const int target = static_cast<int>(targets[static_cast<size_t>(r)]);
                    double whole = 0;
                    for (int32_t c = 0; c < width; ++c) whole += std::exp(double{raw.at(r, c)});
                    for (int32_t c = 0; c < width; ++c) {
                        const double z = raw.at(r, c), p = std::exp(z) / whole;
                        const double slope = loss == Loss::softmax_cross_entropy   ? p - (c == target)
                                             : loss == Loss::binary_cross_entropy ? 1 / (1 + std::exp(-z)) - target
                                                                                  : 2 * (z - target);
                        ASSERT_NEAR(y.at(r, c), slope * scale, 8 * 0x1p-23 * scale) << rows << " x " << width << " by " << threads; // a few ulp of what is below 4
                        if (c != target && loss == Loss::softmax_cross_entropy) continue;
                        sum += loss == Loss::softmax_cross_entropy   ? -std::log(p)
                               : loss == Loss::binary_cross_entropy ? std::log1p(std::exp(-z)) + (1 - target) * z
                                                                    : (z - target) * (z - target);
                    }
                    for (int32_t c = width; c < (width + 3) / 4 * 4; ++c) ASSERT_EQ(y.at(r, c), 0);
                }
                for (float t : total) ASSERT_EQ(t, total[0]);
                ASSERT_NEAR(total[0], sum, rows * 0x1p-24 * (rows + 16)); // losses below 4, each within a few ulp, each addition rounds once
            }
}

__global__ void gather_kernel(int32_t rows, int32_t columns, const uint32_t* order, const float* in, int64_t stride, float* out, int32_t ld) {
    DeviceBlock<true, false>(whole_block(), Precision::fp32, nullptr).gather(rows, columns, order, in, stride, out, ld);
}

TEST(Gather, BringsRowsInOrder) {
    std::mt19937 random(3);
    for (int32_t columns : {1, 5, 64, 200}) {
        const int32_t stride = data_row_length(columns);
        std::vector<float> in(static_cast<size_t>(50 * stride) + 4);
        float* data = in.data() + (16 - reinterpret_cast<uintptr_t>(in.data()) % 16) % 16 / 4;
        for (int i = 0; i < 50 * stride; ++i) data[i] = static_cast<float>(i);
        std::vector<uint32_t> order(33);
        for (uint32_t& o : order) o = static_cast<uint32_t>(random() % 50);
        for (const uint32_t* rows : {static_cast<const uint32_t*>(order.data()), static_cast<const uint32_t*>(nullptr)}) {
            Rows out(33, columns);
            simt::launch(1, 96, 256, gather_kernel, 33, columns, rows, static_cast<const float*>(data), int64_t{stride}, out.data(), out.ld);
            for (int32_t r = 0; r < 33; ++r)
                for (int32_t c = 0; c < columns; ++c) ASSERT_EQ(out.at(r, c), static_cast<float>((rows ? static_cast<int32_t>(order[static_cast<size_t>(r)]) : r) * stride + c));
        }
    }
}

__global__ void read_kernel(const float* from, float* to) { Lanes::load(from).store(to); }

/// Where it is thrown away afterwards, too: what the other tests say of padding hangs on it.
TEST(Packs, ThatNobodyHasWrittenToTheEndMayNotBeRead) {
    alignas(16) std::array<float, 4> from = {1, 2, 3, 4}, to{};
    const auto read = [&] { simt::launch(1, 1, 16, read_kernel, static_cast<const float*>(from.data()), to.data()); };
    read();
    EXPECT_EQ(to, from);
    from[3] = __uint_as_float(simt::SharedMemory::pattern);
    EXPECT_THROW(read(), simt::Fault);
}

__global__ void team_kernel(int32_t lanes, float* out) {
    const int32_t number = static_cast<int32_t>(threadIdx.x) / lanes;
    const Team team{static_cast<int32_t>(threadIdx.x) % lanes, lanes, 1 + number, reinterpret_cast<double*>(shared_memory() + 128 * number)};
    int32_t* word = reinterpret_cast<int32_t*>(shared_memory() + 2048 + 64 * number);
    float total = 0;
    for (int i = 0; i < 3; ++i) total += team.sum(static_cast<float>(threadIdx.x + 1)); // again and again: the scratch is used anew
    out[threadIdx.x] = total + 1000.0f * static_cast<float>(team.tell(team.lane == 0 ? number : -1, word));
}

TEST(Team, SumsAndTellsSideBySide) {
    for (int32_t lanes : {32, 64, 128, 256})
        for (simt::Order order : {simt::Order::ascending, simt::Order::descending, simt::Order::random}) {
            std::vector<float> out(256, -1);
            simt::Schedule schedule;
            schedule.order = order;
            simt::launch(schedule, 1, 256, 4096, team_kernel, lanes, out.data());
            for (int32_t t = 0; t < 256; ++t) {
                const int32_t number = t / lanes, first = number * lanes + 1;
                EXPECT_EQ(out[static_cast<size_t>(t)], static_cast<float>(3 * (lanes * first + lanes * (lanes - 1) / 2) + 1000 * number));
            }
        }
}

} // namespace
} // namespace caviar::cuda
