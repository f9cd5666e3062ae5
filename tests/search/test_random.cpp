#include "support.h"

#include "caviar/error.h"

#include <random>
#include <set>

namespace caviar {
namespace {

using namespace testing_search;

std::unique_ptr<Sampler> random_sampler(const SearchSpace& space, uint64_t seed, int64_t trials = 0) {
    return make_sampler(space, {.name = "random", .seed = seed, .trials = trials});
}

/// Bergstra and Bengio 2012, section 4: with a target of 1% of the volume, T independent trials find it with probability 1 - 0.99^T.
TEST(RandomSearch, FindsATargetOfOnePercentAsOftenAsItMust) {
    // Different scales, since volume is measured on the parameter's own scale.
    const SearchSpace space = space_of({{"learning_rate", "log(1e-5,10)"}, {"weight_decay", "uniform(0,1)"}, {"momentum", "beta(0.5,0.999)"}});
    constexpr int experiments = 4000, most = 256;
    std::mt19937_64 random(11);
    std::uniform_real_distribution<double> unit(0, 1);
    std::vector<int> found_at(most + 1, 0); // found_at[t]: experiments that hit first in trial t
    for (int e = 0; e < experiments; ++e) {
        // A random box of volume 0.01: shares of the logarithm for each side, then a random place.
        double share[3], sum = 0, low[3], side[3];
        for (double& s : share) sum += s = -std::log(1 - unit(random));
        for (int d = 0; d < 3; ++d) {
            side[d] = std::pow(0.01, share[d] / sum);
            low[d] = unit(random) * (1 - side[d]);
        }
        const auto trials = random_sampler(space, static_cast<uint64_t>(e))->ask(most);
        ASSERT_EQ(trials.size(), static_cast<size_t>(most));
        for (int t = 0; t < most; ++t) {
            bool inside = true;
            for (size_t d = 0; d < 3 && inside; ++d) {
                const double u = space.parameters()[d].distribution.unit(trials[static_cast<size_t>(t)][d].second);
                inside = u >= low[d] && u < low[d] + side[d];
            }
            if (inside) {
                ++found_at[static_cast<size_t>(t) + 1];
                break;
            }
        }
    }
    for (const int trials : {1, 8, 32, 69, 128, 256}) {
        int found = 0;
        for (int t = 1; t <= trials; ++t) found += found_at[static_cast<size_t>(t)];
        const double p = 1 - std::pow(0.99, trials);
        const double standard_error = std::sqrt(p * (1 - p) / experiments);
        EXPECT_NEAR(static_cast<double>(found) / experiments, p, 4 * standard_error) << trials << " trials";
    }
}

/// The chi-square value that a true hypothesis exceeds once in a million (Wilson and Hilferty 1931).
double chi_square_limit(double freedom) {
    constexpr double z = 4.753; // of the normal distribution, one side
    return freedom * std::pow(1 - 2 / (9 * freedom) + z * std::sqrt(2 / (9 * freedom)), 3);
}

TEST(RandomSearch, DrawsEachDistributionWithItsShape) {
    constexpr size_t draws = 20000, bins = 20;
    const SearchSpace space = space_of({{"learning_rate", "log(1e-4,1)"}, {"momentum", "beta(0.9,0.999)"}, {"weight_decay", "uniform(0,0.5)"},
                                        {"units", "int(1,20)"}, {"batch_size", "pow2(1,524288)"}, {"t0", "logint(300,30000)"}});
    const auto trials = random_sampler(space, 3)->ask(draws);
    for (size_t d = 0; d < space.parameters().size(); ++d) {
        // Worked out here once more from the definitions, on the values themselves.
        std::vector<double> seen(bins, 0.0);
        for (const auto& c : trials) {
            const std::string& name = c[d].first;
            const double v = number(c, name);
            const double u = name == "learning_rate" ? (std::log10(v) + 4) / 4
                             : name == "momentum"    ? (-1 - std::log10(1 - v)) / 2
                             : name == "weight_decay" ? v / 0.5
                             : name == "units"        ? (v - 0.5) / 20
                             : name == "batch_size"   ? (std::log2(v) + 0.5) / 20
                                                      : std::log10(v / 300) / 2;
            ++seen[std::min(static_cast<size_t>(u * bins), bins - 1)];
        }
        double chi = 0;
        for (const double n : seen) chi += (n - draws / bins) * (n - draws / bins) / (draws / bins);
        EXPECT_LT(chi, chi_square_limit(bins - 1)) << space.parameters()[d].name;
        EXPECT_GT(chi, 1) << "suspiciously even"; // once in 10^8 by chance
    }
}

TEST(RandomSearch, ChoicesAreAsLikelyAsTheyAreWritten) {
    const auto trials = random_sampler(space_of({{"optimizer", "choice(adam,adam,sgd,rmsprop)"}}), 5)->ask(8000);
    const auto adam = std::count_if(trials.begin(), trials.end(), [](const auto& c) { return word(c, "optimizer") == "adam"; });
    EXPECT_NEAR(static_cast<double>(adam), 4000, 4 * std::sqrt(8000 * 0.25)); // four standard errors of the binomial
}

TEST(RandomSearch, ParametersAreIndependent) {
    constexpr size_t draws = 10000;
    const auto trials = random_sampler(square(), 9)->ask(draws);
    double product = 0;
    for (const auto& c : trials) product += (number(c, "weight_decay") - 0.5) * (number(c, "patience_factor") - 0.5);
    EXPECT_NEAR(product * 12 / draws, 0, 4 / std::sqrt(draws)); // a correlation of independent draws has standard error 1/sqrt(n)
}

TEST(RandomSearch, TwentyFiveTrialsTryTwentyFiveLearningRates) {
    const SearchSpace space = space_of({{"learning_rate", "log(1e-4,1)"}, {"momentum", "beta(0.9,0.999)"}});
    std::set<double> random, grid;
    for (const auto& c : random_sampler(space, 1)->ask(25)) random.insert(number(c, "learning_rate"));
    for (const auto& c : make_sampler(space, {.name = "grid", .points = 5})->ask(25)) grid.insert(number(c, "learning_rate"));
    EXPECT_EQ(random.size(), 25u);
    EXPECT_EQ(grid.size(), 5u);
}

TEST(RandomSearch, ATrialDoesNotDependOnThePortionsOfTheOthers) {
    const SearchSpace space = SearchSpace::standard(1000, 10, false);
    const auto f = [](const Configuration& c) { return number(c, "learning_rate"); };
    const auto whole = configurations(run(*random_sampler(space, 4, 100), f));
    EXPECT_EQ(whole.size(), 100u);
    for (const int64_t chunk : {1, 7, 99}) EXPECT_EQ(configurations(run(*random_sampler(space, 4, 100), f, chunk)), whole);
    EXPECT_NE(configurations(run(*random_sampler(space, 5, 100), f)), whole);
    // a larger budget goes on
    const auto more = configurations(run(*random_sampler(space, 4, 150), f));
    EXPECT_TRUE(std::equal(whole.begin(), whole.end(), more.begin()));
    EXPECT_TRUE(random_sampler(space, 4)->ask(0).empty());
    EXPECT_TRUE(random_sampler(space, 4)->ask(-5).empty());
    EXPECT_TRUE(random_sampler(SearchSpace{}, 4)->ask(1).front().empty());
}

TEST(MakeSampler, RefusesWhatItDoesNotKnow) {
    try {
        make_sampler(square(), {.name = "randon"});
        FAIL();
    } catch (const UsageError& e) {
        EXPECT_STREQ(e.what(), "unknown sampler \"randon\", did you mean \"random\"? Allowed: random, sobol, grid, coordinate, coarse-to-fine, tpe, gp");
    }
    EXPECT_THROW(make_sampler(square(), {.name = "random", .trials = -1}), UsageError);
    EXPECT_THROW(make_sampler(square(), {.trials = 10, .rounds = 11}), UsageError);
    EXPECT_THROW(make_sampler(square(), {.trials = 10, .rounds = -1}), UsageError);
    EXPECT_THROW(make_sampler(square(), {.explore = 1.5}), UsageError);
    EXPECT_THROW(make_sampler(square(), {.explore = std::nan("")}), UsageError);
    EXPECT_THROW(make_sampler(square(), {.draw = "sobel"}), UsageError);
    EXPECT_THROW(make_sampler(square(), {.name = "grid", .points = 0}), UsageError);
    EXPECT_THROW(make_sampler(SearchSpace{}, {.name = "grid"}), UsageError);
}

} // namespace
} // namespace caviar
