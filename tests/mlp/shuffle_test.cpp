#include "caviar/mlp/shuffle.h"
#include "statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

namespace caviar::mlp {
namespace {

using statistics::chi_square;
using statistics::chi_square_bound;

std::vector<uint32_t> order(uint64_t seed, uint32_t epoch, uint32_t n) {
    const Shuffle s = make_shuffle(seed, seed * 31 + 5, epoch, n);
    std::vector<uint32_t> rows(n);
    for (uint32_t i = 0; i < n; ++i) rows[i] = row_at(s, i);
    return rows;
}

void expect_bijection(uint64_t seed, uint32_t epoch, uint32_t n) {
    std::vector<uint32_t> rows = order(seed, epoch, n);
    std::sort(rows.begin(), rows.end());
    for (uint32_t i = 0; i < n; ++i) ASSERT_EQ(rows[i], i) << "n = " << n << ", seed " << seed << ", epoch " << epoch;
}

TEST(Shuffle, IsABijection) {
    for (uint32_t n = 1; n <= 300; ++n)
        for (uint64_t seed = 0; seed < 5; ++seed) expect_bijection(seed, static_cast<uint32_t>(seed), n);
    for (uint32_t n : {1000u, 1023u, 1024u, 1025u, 1437u, 4095u, 4096u, 4097u, 65535u, 65536u, 65537u, 300007u})
        expect_bijection(n, 3, n);
}

TEST(Shuffle, ManyPositionsAtOnceAreTheSame) {
    for (uint32_t n : {1u, 2u, 5u, 29u, 1000u}) {
        const Shuffle s = make_shuffle(3, 1, 4, n);
        std::vector<uint32_t> rows(n + 1, 77777u);
        const uint32_t first = n / 3;
        rows_at(s, first, n - first, rows.data());
        for (uint32_t i = 0; i < n - first; ++i) EXPECT_EQ(rows[i], row_at(s, first + i));
        EXPECT_EQ(rows[n - first], 77777u);
    }
}

TEST(Shuffle, LargestSizes) {
    for (uint32_t n : {1u << 31, (1u << 31) - 1, 2147395601u /* 46340^2 + 1 */}) {
        const Shuffle s = make_shuffle(1, 2, 3, n);
        EXPECT_GE(uint64_t{s.a} * s.b, n);
        std::vector<uint32_t> rows;
        for (uint32_t i = 0; i < 50000; ++i) rows.push_back(row_at(s, i < 25000 ? i : n - 1 - (i - 25000)));
        std::sort(rows.begin(), rows.end());
        EXPECT_EQ(std::adjacent_find(rows.begin(), rows.end()), rows.end());
        EXPECT_LT(rows.back(), n);
    }
}

// Every order of a small set is equally likely.
TEST(Shuffle, AllOrdersOfFewRowsAreEquallyLikely) {
    for (uint32_t n : {2u, 3u, 4u, 5u}) {
        std::map<std::vector<uint32_t>, int64_t> seen;
        int64_t orders = 1;
        for (uint32_t i = 2; i <= n; ++i) orders *= i;
        for (uint32_t epoch = 0; epoch < 20000; ++epoch) ++seen[order(1, epoch, n)];
        ASSERT_EQ(static_cast<int64_t>(seen.size()), orders) << n;
        std::vector<int64_t> counts;
        for (const auto& [rows, count] : seen) counts.push_back(count);
        EXPECT_LT(chi_square(counts), chi_square_bound(static_cast<double>(orders - 1))) << n;
    }
}

// Where a position's row goes, over epochs, for positions at both ends and in the middle.
TEST(Shuffle, EachRowIsEquallyLikelyAtEachPosition) {
    for (uint32_t n : {6u, 7u, 12u, 64u, 100u, 101u})
        for (uint32_t position : {0u, 1u, n / 2, n - 1}) {
            std::vector<int64_t> counts(n);
            for (uint32_t epoch = 0; epoch < 40 * n; ++epoch) ++counts[row_at(make_shuffle(9, 4, epoch, n), position)];
            EXPECT_LT(chi_square(counts), chi_square_bound(n - 1)) << "n = " << n << ", position " << position;
        }
}

// Neighbouring positions get unrelated rows: over epochs (joint bins), and within one epoch (bins of the difference).
TEST(Shuffle, NeighboursAreUnrelated) {
    constexpr uint32_t n = 1440, bins = 8;
    std::vector<int64_t> joint(bins * bins), steps(bins);
    for (uint32_t epoch = 0; epoch < 20000; ++epoch) {
        const Shuffle s = make_shuffle(2, 3, epoch, n);
        ++joint[row_at(s, 0) * bins / n * bins + row_at(s, 1) * bins / n];
    }
    EXPECT_LT(chi_square(joint), chi_square_bound(bins * bins - 1));

    const std::vector<uint32_t> rows = order(5, 0, 144000);
    for (size_t i = 0; i + 1 < rows.size(); i += 2) ++steps[(rows[i] + 144000 - rows[i + 1]) % 144000 / (144000 / bins)];
    EXPECT_LT(chi_square(steps), chi_square_bound(bins - 1));
}

// Spearman's correlation of two random orders is about normal with variance 1 / (n - 1).
TEST(Shuffle, EpochsAndTrialsDiffer) {
    constexpr uint32_t n = 10007;
    const auto correlation = [&](const std::vector<uint32_t>& x, const std::vector<uint32_t>& y) {
        double sum = 0;
        const double mean = (n - 1) / 2.0, variance = (double{n} * n - 1) / 12;
        for (uint32_t i = 0; i < n; ++i) sum += (x[i] - mean) * (y[i] - mean);
        return sum / n / variance;
    };
    const double bound = 5 / std::sqrt(n - 1.0);
    std::vector<uint32_t> identity(n);
    std::iota(identity.begin(), identity.end(), 0u);
    for (uint32_t epoch = 0; epoch < 20; ++epoch) {
        EXPECT_LT(std::fabs(correlation(order(1, epoch, n), identity)), bound) << epoch;
        EXPECT_LT(std::fabs(correlation(order(1, epoch, n), order(1, epoch + 1, n))), bound) << epoch;
        EXPECT_LT(std::fabs(correlation(order(epoch, 0, n), order(epoch + 1, 0, n))), bound) << epoch;
    }
}

} // namespace
} // namespace caviar::mlp
