#include "caviar/mlp/philox.h"

#include <Random123/philox.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace caviar::mlp {
namespace {

void expect_equal(const Block4& got, const Block4& want) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(got.word[i], want.word[i]) << "word " << i;
}

// Random123's kat_vectors file, philox4x32 with 10 rounds.
TEST(Philox, PublishedKnownAnswers) {
    expect_equal(philox({{0, 0, 0, 0}}, {{0, 0}}), {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});
    const uint32_t ones = 0xffffffff;
    expect_equal(philox({{ones, ones, ones, ones}}, {{ones, ones}}), {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}});
    // the digits of pi
    expect_equal(philox({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, {{0xa4093822, 0x299f31d0}}),
                 {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}});
}

struct Input {
    Block4 counter;
    Key key;
};

Input random_input(std::mt19937& engine) {
    const auto draw = [&] { return static_cast<uint32_t>(engine()); };
    Input in{};
    for (uint32_t& w : in.counter.word) w = draw();
    for (uint32_t& w : in.key.word) w = draw();
    return in;
}

TEST(Philox, EqualsRandom123) {
    std::mt19937 engine(7);
    for (int i = 0; i < 10000; ++i) {
        const Input in = random_input(engine);
        const auto& c = in.counter.word;
        const r123::Philox4x32 generator;
        const auto want = generator({{c[0], c[1], c[2], c[3]}}, {{in.key.word[0], in.key.word[1]}});
        expect_equal(philox(in.counter, in.key), {{want[0], want[1], want[2], want[3]}});
    }
}

// 27,000 keys among 2^64: the chance that two random ones collide is 2e-11.
TEST(Key, DiffersForEachSeedAndPurpose) {
    std::set<std::pair<uint32_t, uint32_t>> seen;
    size_t made = 0;
    for (uint64_t study = 0; study < 30; ++study)
        for (uint64_t trial = 0; trial < 150; ++trial)
            for (Purpose purpose : {Purpose::init, Purpose::shuffle, Purpose::dropout})
                for (uint64_t high : {uint64_t{0}, uint64_t{1} << 32}) {
                    const Key key = make_key(study + high, trial, purpose);
                    seen.insert({key.word[0], key.word[1]});
                    ++made;
                }
    EXPECT_EQ(seen.size(), made);
}

TEST(Uniform, Ranges) {
    EXPECT_EQ(uniform(0), 0.0f);
    EXPECT_EQ(uniform(0xffffffff), 1 - 0x1p-24f);
    EXPECT_EQ(uniform_positive(0), 0x1p-24f);
    EXPECT_EQ(uniform_positive(0xffffffff), 1.0f);
    EXPECT_EQ(uniform_signed(0), -(1 - 0x1p-24f));
    EXPECT_EQ(uniform_signed(0xffffffff), 1 - 0x1p-24f);
    EXPECT_EQ(uniform_signed(0x80000000), 0x1p-24f);
    EXPECT_EQ(uniform_signed(0x7fffffff), -0x1p-24f);
}

// Kolmogorov and Smirnov's distance to the normal distribution; sqrt(n) D > 2.7 has probability 2 exp(-2 * 2.7^2) = 1e-6.
TEST(Normal, HasTheNormalDistribution) {
    constexpr int pairs = 50000;
    std::vector<double> values;
    double product = 0;
    for (uint32_t i = 0; i < pairs; ++i) {
        const Block4 b = philox({{i, 0, 0, 0}}, {{3, 4}});
        const NormalPair p = normal_pair(b.word[0], b.word[1]);
        values.push_back(p.first);
        values.push_back(p.second);
        product += double{p.first} * p.second;
    }
    std::sort(values.begin(), values.end());
    const double n = static_cast<double>(values.size());
    double distance = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        const double cdf = 0.5 * std::erfc(-values[i] / std::sqrt(2.0)), rank = static_cast<double>(i);
        distance = std::max({distance, cdf - rank / n, (rank + 1) / n - cdf});
    }
    EXPECT_LT(distance, 2.7 / std::sqrt(n));
    EXPECT_LT(std::fabs(product), 5 * std::sqrt(pairs)); // the two of a pair do not correlate: 5 standard deviations
}

TEST(Normal, ExtremesAreFinite) {
    const NormalPair far = normal_pair(0, 0), near = normal_pair(0xffffffff, 0);
    EXPECT_NEAR(far.first, std::sqrt(-2 * std::log(0x1p-24)), 1e-5); // 5.77
    EXPECT_EQ(near.first, 0.0f);
}

} // namespace
} // namespace caviar::mlp
