// Trials of a space: conditions, divergence, ranks.

#include "caviar/error.h"
#include "host/importance/importance.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

namespace caviar::importance {
namespace {

SearchSpace some_space() {
    SearchSpace space;
    space.vary("learning_rate", parse_distribution("log(1e-4,1)"));
    space.vary("optimizer", parse_distribution("choice(sgd,momentum,adam)"));
    space.vary("momentum", parse_distribution("beta(0.5,0.99)")); // acts only with momentum and adam
    space.vary("layers", parse_distribution("int(1,3)"));
    space.vary("units", parse_distribution("logint(4,256)"));
    return space;
}

double unit(const SearchSpace& space, const Configuration& c, const std::string& name) {
    for (const auto& [key, value] : c)
        if (key == name) return space.find(name)->distribution.unit(value);
    return std::numeric_limits<double>::quiet_NaN();
}

template <class F> search::History told(const SearchSpace& space, int trials, const F& badness) {
    search::History history(space);
    std::mt19937_64 random(4);
    std::uniform_real_distribution<double> uniform;
    for (int id = 0; id < trials; ++id) {
        std::vector<double> units(space.parameters().size());
        for (double& u : units) u = uniform(random);
        Configuration c = space.at(units);
        const double bad = badness(c);
        const Observation o{id, 0, std::move(c), {bad, 0}};
        history.tell({&o, 1});
    }
    return history;
}

const Effect& effect(const Importance& found, const std::string& name) {
    for (const Effect& e : found.effects)
        if (e.name == name) return e;
    throw std::runtime_error("no effect of " + name);
}

TEST(Importance, RanksWhatMattersAndPutsTheLargestFirst) {
    const SearchSpace space = some_space();
    const auto history = told(space, 400, [&](const Configuration& c) {
        return 3 * std::abs(unit(space, c, "learning_rate") - 0.6) + 0.5 * unit(space, c, "layers");
    });
    const auto found = importance(space, history, 1);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->told());
    EXPECT_EQ(found->trials, 400u);
    EXPECT_EQ(found->effects[0].name, "learning_rate");
    EXPECT_EQ(found->effects[1].name, "layers");
    for (const char* idle : {"optimizer", "momentum", "units"}) EXPECT_LT(effect(*found, idle).share.share, 0.02) << idle;
    // The curve has its valley where the function has it.
    const Effect& rate = found->effects[0];
    const auto best = std::min_element(rate.ranks.begin(), rate.ranks.end()) - rate.ranks.begin();
    EXPECT_NEAR(rate.units[static_cast<size_t>(best)], 0.6, 0.1);
}

TEST(Importance, DivergedTrialsAndWildLossesCountByRank) {
    const SearchSpace space = some_space();
    const auto f = [&](const Configuration& c) { return unit(space, c, "learning_rate") + 0.1 * unit(space, c, "units"); };
    const auto tame = importance(space, told(space, 300, f), 1);
    const auto wild = importance(space, told(space, 300, [&](const Configuration& c) { return std::exp(20 * f(c)); }), 1);
    const auto cut = importance(space, told(space, 300, [&](const Configuration& c) { return f(c) > 0.8 ? std::numeric_limits<double>::infinity() : f(c); }), 1);
    ASSERT_TRUE(tame && wild && cut);
    EXPECT_EQ(effect(*tame, "learning_rate").share.share, effect(*wild, "learning_rate").share.share) << "the same order of trials";
    EXPECT_NEAR(effect(*cut, "learning_rate").share.share, effect(*tame, "learning_rate").share.share, 0.1);
}

TEST(Importance, AConditionalParameterMattersOnlyWhereItActs) {
    const SearchSpace space = some_space();
    // Under sgd (a third of the space) 0.5; elsewhere by the momentum. Over the space: Var(E[f | optimizer]) = 0, as the mean of u is 0.5, too;
    // momentum alone: f's mean given u is 0.5/3 + 2u/3, of variance 4/9 / 12; the whole is 2/3 / 12, so momentum alone has 2/3 and the
    // pair the rest.
    const auto history = told(space, 1000, [&](const Configuration& c) {
        const double u = unit(space, c, "momentum");
        return std::isnan(u) ? 0.5 : u;
    });
    const auto found = importance(space, history, 1);
    ASSERT_TRUE(found);
    const Share momentum = effect(*found, "momentum").share;
    EXPECT_NEAR(momentum.share, 2.0 / 3, (momentum.high - momentum.low) / 2 + 0.1) << "ranks of a flat third are not quite its values";
    EXPECT_LT(effect(*found, "optimizer").share.share, 0.05);
    const Interaction& first = found->interactions.front();
    EXPECT_THAT((std::vector{found->effects[first.first].name, found->effects[first.second].name}), testing::UnorderedElementsAre("momentum", "optimizer"));
    EXPECT_GT(first.share.low, 0.1);
}

TEST(Importance, IsSilentWhereThereIsNothingToLearnFrom) {
    const SearchSpace space = some_space();
    EXPECT_FALSE(importance(space, search::History(space), 1));
    EXPECT_FALSE(importance(space, told(space, static_cast<int>(fewest_trials) - 1, [](const auto& c) { return static_cast<double>(c.size()); }), 1));
    EXPECT_FALSE(importance(space, told(space, 100, [](const auto&) { return std::numeric_limits<double>::infinity(); }), 1)) << "all diverged";
    EXPECT_FALSE(importance(space, told(space, 100, [](const auto&) { return 0.5; }), 1)) << "all alike";
    SearchSpace fixed;
    fixed.fix("learning_rate", 0.1);
    EXPECT_FALSE(importance(fixed, told(fixed, 100, [](const auto&) { return 0.5; }), 1)) << "nothing varies";
    std::mt19937_64 random(1);
    const auto noise = importance(space, told(space, 200, [&](const auto&) { return static_cast<double>(random() % 1000); }), 1);
    ASSERT_TRUE(noise);
    EXPECT_FALSE(noise->told());
}

TEST(Importance, TakesASampleOfManyTrials) {
    SearchSpace space;
    space.vary("learning_rate", parse_distribution("log(1e-4,1)"));
    space.vary("dropout", parse_distribution("uniform(0,0.5)"));
    const auto found = importance(space, told(space, static_cast<int>(most_trials) + 2000, [&](const Configuration& c) { return unit(space, c, "dropout"); }), 1);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->trials, most_trials);
    EXPECT_EQ(found->effects[0].name, "dropout");
    EXPECT_GT(found->effects[0].share.low, 0.9);
}

} // namespace
} // namespace caviar::importance
