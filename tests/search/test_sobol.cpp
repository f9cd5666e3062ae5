#include "support.h"

#include "host/search/bell.h"
#include "host/search/sobol_points.h"

#include "caviar/error.h"

#include <limits>
#include <map>
#include <set>

namespace caviar {
namespace {

using namespace testing_search;
using search::ScrambledSobol;
using search::sobol_digits;

TEST(SobolSequence, BeginsAsPublished) {
    // scipy.stats.qmc.Sobol(64, scramble=False) of SciPy 1.17.1, point i ^ (i >> 1) of its Gray code order, in dimensions 1, 2, 3, 4, 10, 21, 64
    constexpr size_t dimensions[] = {0, 1, 2, 3, 9, 20, 63};
    const std::pair<uint32_t, std::vector<double>> points[] = {
        {0, {0, 0, 0, 0, 0, 0, 0}},
        {1, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}},
        {2, {0.25, 0.75, 0.75, 0.75, 0.25, 0.75, 0.25}},
        {3, {0.75, 0.25, 0.25, 0.25, 0.75, 0.25, 0.75}},
        {5, {0.625, 0.125, 0.875, 0.625, 0.375, 0.375, 0.875}},
        {11, {0.8125, 0.6875, 0.8125, 0.0625, 0.4375, 0.5625, 0.0625}},
        {37, {0.640625, 0.921875, 0.734375, 0.828125, 0.953125, 0.359375, 0.359375}}};
    for (const auto& [index, expected] : points)
        for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(sobol_digits(index, dimensions[i]) * 0x1p-32, expected[i]) << index << ", " << dimensions[i];
}

/// The least and the most points in any elementary interval of 2^-k0 x 2^-k1 x ... with k0 + k1 + ... = `cut`.
template <class At> std::pair<int, int> fullest(size_t dimensions, int cut, uint32_t points, const At& at) {
    std::pair<int, int> range{std::numeric_limits<int>::max(), 0};
    std::vector<int> k(dimensions, 0);
    const auto visit = [&](auto&& self, size_t d, int left) -> void {
        if (d + 1 < dimensions) {
            for (k[d] = 0; k[d] <= left; ++k[d]) self(self, d + 1, left - k[d]);
            return;
        }
        k[d] = left;
        std::vector<int> held(size_t{1} << cut, 0);
        for (uint32_t i = 0; i < points; ++i) {
            size_t cell = 0;
            for (size_t e = 0; e < dimensions; ++e) cell = (cell << k[e]) | static_cast<size_t>(std::ldexp(at(i, e), k[e]));
            ++held[cell];
        }
        range.first = std::min(range.first, *std::min_element(held.begin(), held.end()));
        range.second = std::max(range.second, *std::max_element(held.begin(), held.end()));
    };
    visit(visit, 0, cut);
    return range;
}

// Sobol's sequence in s dimensions is a (t, s)-sequence with t the sum of its polynomials' degrees less one each (Niederreiter 1992, theorem
// 4.2 in base 2): 0 for the first two dimensions, 1 for three, 3 for four. So each elementary interval of volume 2^(t-m) holds exactly 2^t
// of 2^m points, scrambled or not.
TEST(ScrambledSobol, EveryElementaryIntervalHoldsItsShare) {
    constexpr int m = 8;
    for (uint64_t seed = 0; seed < 5; ++seed) {
        const ScrambledSobol sequence(seed, 0, 4);
        for (const uint32_t first : {0u, 1u << m, 5u << m}) {
            const auto at = [&](uint32_t i, size_t d) { return sequence.at(first + i, d); };
            EXPECT_EQ(fullest(2, m, 1 << m, at), std::pair(1, 1));
            EXPECT_EQ(fullest(3, m - 1, 1 << m, at), std::pair(2, 2));
            EXPECT_EQ(fullest(4, m - 3, 1 << m, at), std::pair(8, 8));
        }
    }
    // Independent points fail this, so the test can see a difference.
    EXPECT_GT(fullest(2, m, 1 << m, [](uint32_t i, size_t d) { return std::fmod((i * 2 + static_cast<uint32_t>(d)) * 0.754877666, 1.0); }).second, 1);
}

TEST(ScrambledSobol, EveryDimensionIsEvenAlone) {
    const ScrambledSobol sequence(3, 0, search::sobol_dimensions);
    for (size_t d = 0; d < search::sobol_dimensions; ++d) {
        std::set<int> parts;
        for (uint32_t i = 0; i < 1024; ++i) parts.insert(static_cast<int>(sequence.at(i, d) * 1024));
        EXPECT_EQ(parts.size(), 1024u) << d;
    }
}

TEST(ScrambledSobol, EachPointIsUniformOverTheSeeds) {
    // A uniform number has mean 1/2 and variance 1/12; means of n seeds stray by 1/sqrt(12 n), here at most 4.5 times that for 3 x 3 x 2 of them,
    // and products of two dimensions by 1/(12 sqrt(n)).
    constexpr int seeds = 4000;
    for (const uint32_t index : {0u, 1u, 77u}) {
        double sum[3] = {}, low_digits[3] = {}, product = 0;
        for (uint64_t seed = 0; seed < seeds; ++seed) {
            const ScrambledSobol sequence(seed, 0, 3);
            for (size_t d = 0; d < 3; ++d) {
                sum[d] += sequence.at(index, d);
                low_digits[d] += std::fmod(std::ldexp(sequence.at(index, d), 40), 1.0);
            }
            product += (sequence.at(index, 0) - 0.5) * (sequence.at(index, 1) - 0.5);
        }
        for (size_t d = 0; d < 3; ++d) {
            EXPECT_NEAR(sum[d] / seeds, 0.5, 4.5 / std::sqrt(12.0 * seeds));
            EXPECT_NEAR(low_digits[d] / seeds, 0.5, 4.5 / std::sqrt(12.0 * seeds));
        }
        EXPECT_NEAR(product / seeds, 0, 4.5 / (12 * std::sqrt(seeds)));
    }
    EXPECT_NE(ScrambledSobol(1, 0, 1).at(0, 0), ScrambledSobol(1, 1, 1).at(0, 0)) << "sequences of other numbers are others";
}

TEST(ScrambledSobol, HasADimensionForEveryHyperparameter) {
    EXPECT_LE(fields().size() + 1, search::sobol_dimensions); // coarse-to-fine takes one more
    EXPECT_THROW(ScrambledSobol(1, 0, search::sobol_dimensions + 1), UsageError);
}

TEST(Bell, IsTheQuantileOfASumOfThreeUniforms) {
    const auto distribution = [](double z) { // of y = u1 + u2 + u3
        const double y = z / 2 + 1.5;
        return (std::pow(y, 3) - 3 * std::pow(std::max(y - 1, 0.0), 3) + 3 * std::pow(std::max(y - 2, 0.0), 3)) / 6;
    };
    for (int i = 1; i < 1000; ++i) EXPECT_NEAR(distribution(search::bell(i / 1000.0)), i / 1000.0, 1e-14); // a few roundings of numbers up to 27
    EXPECT_EQ(search::bell(0), -3);
    EXPECT_NEAR(search::bell(0.5), 0, 1e-15);
}

std::unique_ptr<Sampler> sobol(const SearchSpace& space, uint64_t seed, int64_t trials = 0) {
    return make_sampler(space, {.name = "sobol", .seed = seed, .trials = trials});
}

TEST(SobolSampler, SpreadsOverEachScaleAndOverChoices) {
    const SearchSpace space = space_of({{"learning_rate", "log(1e-4,1)"}, {"optimizer", "choice(adam,sgd)"}, {"layers", "int(1,4)"},
                                        {"init_scale", "uniform(1,1.5)"}, {"schedule", "choice(cosine,cosine)"}});
    std::set<int> rates;
    std::map<std::string, int> both;
    for (const auto& c : sobol(space, 5)->ask(64)) {
        rates.insert(static_cast<int>((std::log10(number(c, "learning_rate")) + 4) / 4 * 64));
        ++both[word(c, "optimizer") + word(c, "layers")];
    }
    EXPECT_EQ(rates.size(), 64u);
    // A half times a quarter is an elementary interval of dimensions 2 and 3, with t = 0 + 1: 64/8 each.
    ASSERT_EQ(both.size(), 8u);
    for (const auto& [name, count] : both) EXPECT_EQ(count, 8) << name;
}

TEST(SobolSampler, InactiveParametersAreLeftOut) {
    const SearchSpace space = space_of({{"optimizer", "choice(sgd,nesterov)"}, {"momentum", "beta(0.5,0.999)"}});
    for (const auto& c : sobol(space, 1)->ask(100)) EXPECT_EQ(find(c, "momentum") != nullptr, word(c, "optimizer") == "nesterov");
}

TEST(SobolSampler, DependsOnNothingButSeedAndNumber) {
    const SearchSpace space = SearchSpace::standard(1000, 10, false);
    const double infinity = std::numeric_limits<double>::infinity();
    const auto whole = configurations(run(*sobol(space, 4, 100), [&](const Configuration&) { return infinity; })); // all diverged
    EXPECT_EQ(whole.size(), 100u);
    for (const int64_t chunk : {1, 7, 99})
        EXPECT_EQ(configurations(run(*sobol(space, 4, 100), [](const Configuration& c) { return number(c, "learning_rate"); }, chunk)), whole);
    EXPECT_NE(sobol(space, 5, 100)->ask(100), whole);
    const auto more = sobol(space, 4, 150)->ask(1000); // a larger budget goes on
    EXPECT_TRUE(std::equal(whole.begin(), whole.end(), more.begin()));

    const auto resumed = sobol(space, 4, 100);
    std::vector<Observation> told;
    for (size_t i = 0; i < 37; ++i) told.push_back({static_cast<TrialId>(i), 0, whole[i], {1, 1}});
    resumed->tell(told);
    EXPECT_EQ(resumed->ask(1000), std::vector<Configuration>(whole.begin() + 37, whole.end()));
    EXPECT_TRUE(resumed->ask(-1).empty());
    EXPECT_TRUE(sobol(SearchSpace{}, 4)->ask(1).front().empty());
}

TEST(SobolSampler, IntegratesBetterThanIndependentDraws) {
    // The mean of a smooth function over 128 points strays much less from its integral, here 1, than the 1/sqrt(128) of independent ones.
    const auto spread = [](const char* name) {
        double squares = 0;
        for (uint64_t seed = 0; seed < 50; ++seed) {
            double sum = 0;
            for (const auto& c : make_sampler(square(), {.name = name, .seed = seed})->ask(128))
                sum += 4 * number(c, "weight_decay") * number(c, "patience_factor");
            squares += std::pow(sum / 128 - 1, 2);
        }
        return std::sqrt(squares / 50);
    };
    EXPECT_LT(spread("sobol"), spread("random") / 4);
}

} // namespace
} // namespace caviar
