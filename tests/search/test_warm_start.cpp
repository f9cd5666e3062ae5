// What a search takes over from others, and what samplers make of it.

#include "support.h"

#include "caviar/error.h"
#include "host/search/warm_start.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace caviar {
namespace {

using namespace testing_search;
using ::testing::HasSubstr;

Trial trial_of(const SearchSpace& space, Configuration settings, const Hyperparameters& defaults = {}) {
    Trial trial;
    trial.hyperparameters = space.resolve(settings, defaults);
    trial.configuration = std::move(settings);
    return trial;
}

/// An earlier study: a search of its own, best first.
Precedent searched(const std::string& name, const SearchSpace& space, const Objective& f, int64_t trials, uint64_t seed) {
    auto all = run(*make_sampler(space, {.name = "random", .seed = seed, .trials = trials}), f);
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score < b.score; });
    Precedent result{name, {}};
    for (const Observation& o : all) result.trials.push_back(trial_of(space, o.configuration));
    return result;
}

TEST(Nearest, MovesWhatIsOutsideAndLeavesOutAnotherOptimizer) {
    Trial trial;
    trial.hyperparameters.optimizer = Optimizer::momentum;
    trial.hyperparameters.learning_rate = 0.5f;
    trial.hyperparameters.momentum = 0.9f;
    trial.hyperparameters.hidden = {100, 40};
    trial.hyperparameters.batch_size = 0; // full
    trial.hyperparameters.activation = Activation::tanh;
    trial.hyperparameters.dropout = 0.25f;
    const SearchSpace space = space_of({{"optimizer", "choice(adam,momentum)"},
                                        {"learning_rate", "log(1e-4,0.1)"},
                                        {"momentum", "beta(0.5,0.99)"},
                                        {"layers", "int(3,4)"},
                                        {"units", "logint(8,64)"},
                                        {"batch_size", "pow2(8,128)"},
                                        {"activation", "choice(relu,gelu)"},
                                        {"dropout", "choice(0,0.2,0.5)"},
                                        {"beta2", "beta(0.9,0.999)"}});
    const auto settings = search::nearest(space, {}, trial);
    ASSERT_TRUE(settings);
    EXPECT_EQ(word(*settings, "optimizer"), "momentum");
    EXPECT_EQ(number(*settings, "learning_rate"), 0.1);
    EXPECT_NEAR(number(*settings, "momentum"), 0.9, 1e-7) << "what the other held counts as what it varied";
    EXPECT_EQ(number(*settings, "layers"), 3);
    EXPECT_EQ(number(*settings, "units"), 64);
    EXPECT_EQ(number(*settings, "batch_size"), 128);
    EXPECT_EQ(word(*settings, "activation"), "relu");
    EXPECT_EQ(number(*settings, "dropout"), 0.2);
    EXPECT_EQ(find(*settings, "beta2"), nullptr) << "without an effect under momentum";
    EXPECT_NO_THROW((void)space.resolve(*settings, {}));

    EXPECT_FALSE(search::nearest(space_of({{"optimizer", "choice(adam,sgd)"}, {"learning_rate", "log(1e-4,1)"}}), {}, trial));
    Hyperparameters adam;
    EXPECT_FALSE(search::nearest(space_of({{"learning_rate", "log(1e-4,1)"}}), adam, trial)) << "the default's";
}

TEST(WarmStart, TakesEachStudysBestInTurnAndTheBoxOfTheBestTenth) {
    const SearchSpace space = space_of({{"learning_rate", "log(1e-6,1)"}, {"dropout", "uniform(0,0.5)"}});
    const auto near = [](double rate) { return [rate](const Configuration& c) { return std::abs(std::log10(number(c, "learning_rate") / rate)); }; };
    // Scores of another size and another kind: only their order counts.
    const std::vector<Precedent> two{searched("a.db", space, near(1e-3), 200, 1),
                                     searched("b.db", space, [&](const Configuration& c) { return 1e6 * near(3e-3)(c) - 5e9; }, 200, 2)};
    const WarmStart warm = make_warm_start(space, {}, two, 200);
    EXPECT_EQ(warm.from, (std::vector<std::string>{"a.db", "b.db"}));
    ASSERT_EQ(warm.first.size(), 10u);
    EXPECT_EQ(warm.first[0], two[0].trials[0].configuration);
    EXPECT_EQ(warm.first[1], two[1].trials[0].configuration);
    EXPECT_EQ(warm.first[2], two[0].trials[1].configuration);
    EXPECT_EQ(warm.box_trials, 30);
    const auto side = std::find_if(warm.box.begin(), warm.box.end(), [](const auto& s) { return s.name == "learning_rate"; });
    ASSERT_NE(side, warm.box.end());
    EXPECT_LT(side->distribution.low, 1e-3);
    EXPECT_GT(side->distribution.high, 3e-3);
    EXPECT_LT(std::log10(side->distribution.high / side->distribution.low), 0.41 * 6) << "a zoom halves and more, as coarse-to-fine's first does";

    EXPECT_EQ(make_warm_start(space, {}, std::span(two).first(1), 3).first.size(), 1u);
    EXPECT_EQ(make_warm_start(space, {}, std::span(two).first(1), 3).box_trials, 0);
    std::vector<Precedent> twins{two[0], two[0]};
    const WarmStart once = make_warm_start(space, {}, twins, 200);
    for (size_t i = 0; i < once.first.size(); ++i) EXPECT_EQ(once.first[i], two[0].trials[i].configuration) << "no setting twice";
    SearchSpace sgd = space;
    sgd.fix("optimizer", std::string("sgd"));
    try {
        (void)make_warm_start(sgd, {}, two, 200);
        ADD_FAILURE() << "adam's settings mean nothing under sgd";
    } catch (const UsageError& error) {
        EXPECT_THAT(error.what(), HasSubstr("a.db"));
    }
}

class WarmStarted : public ::testing::TestWithParam<std::string> {
protected:
    SearchSpace space = square();
    WarmStart warm = make_warm_start(space, {}, std::vector{searched("a.db", space, branin_of, 100, 9)}, 80);
    std::unique_ptr<Sampler> make(int64_t trials = 80) const {
        return make_sampler(space, {.name = GetParam(), .seed = 4, .trials = trials, .warm_start = warm});
    }
};
INSTANTIATE_TEST_SUITE_P(Search, WarmStarted, ::testing::Values("random", "sobol", "coarse-to-fine", "tpe", "gp", "coordinate"),
                         [](const auto& test) {
                             std::string name = test.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST_P(WarmStarted, TriesWhatWasTakenOverFirst) {
    const auto trials = configurations(run(*make(), branin_of));
    ASSERT_EQ(trials.size(), 80u);
    ASSERT_EQ(warm.first.size(), 4u);
    ASSERT_EQ(warm.box_trials, 12);
    if (GetParam() == "coordinate") {
        for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(number(trials[i], "weight_decay"), number(warm.first[i], "weight_decay"), 1e-12);
        return;
    }
    EXPECT_TRUE(std::equal(warm.first.begin(), warm.first.end(), trials.begin()));
    for (size_t i = 4; i < 16; ++i)
        for (const auto& side : warm.box) {
            EXPECT_GE(number(trials[i], side.name), side.distribution.low);
            EXPECT_LE(number(trials[i], side.name), side.distribution.high);
        }
    EXPECT_THAT(make()->explain(), HasSubstr("the best 4 settings of a.db, then 12 trials where its best lie:"));
}

TEST_P(WarmStarted, DependsOnNothingButSeedAndObservations) {
    const auto whole = run(*make(), branin_of);
    for (const int64_t chunk : {1, 7, 79}) EXPECT_EQ(configurations(run(*make(), branin_of, chunk)), configurations(whole)) << chunk;
    for (const size_t told : {0u, 3u, 4u, 11u, 16u, 17u, 60u}) {
        const auto fresh = make();
        fresh->tell(std::span(whole).first(told));
        const auto next = fresh->ask(1);
        ASSERT_EQ(next.size(), 1u);
        EXPECT_EQ(next.front(), whole[told].configuration);
    }
    EXPECT_EQ(run(*make(2), branin_of).size(), 2u) << "a budget below what was taken over";
}

TEST(WarmStart, HelpsOnASimilarProblemAndHardlyHarmsOnAnother) {
    const SearchSpace space = square();
    const auto moved = [](double dx, double dy) {
        return [dx, dy](const Configuration& c) { return branin(15 * number(c, "weight_decay") - 5 + dx, 15 * number(c, "patience_factor") + dy); };
    };
    constexpr int seeds = 60, trials = 40;
    const auto mean_best = [&](const Objective& f, const Objective* before) {
        double sum = 0;
        for (uint64_t seed = 0; seed < seeds; ++seed) {
            SamplerOptions options{.seed = seed, .trials = trials};
            if (before) options.warm_start = make_warm_start(space, {}, std::vector{searched("a.db", space, *before, 200, 1000 + seed)}, trials);
            sum += least(run(*make_sampler(space, options), f));
        }
        return sum / seeds;
    };
    const Objective here = moved(0, 0), near = moved(0.4, -0.4), far = [](const Configuration& c) { return -branin_of(c); };
    const double cold = mean_best(here, nullptr), warm = mean_best(here, &near), misled = mean_best(here, &far);
    EXPECT_LT(warm, 0.7 * cold);
    EXPECT_LT(misled, 1.5 * cold) << "a fifth of the trials was spent where Branin is worst";
}

TEST(WarmStart, StagedHoldsWhatIsToComeAsItWasBest) {
    SearchSpace space = space_of({{"learning_rate", "log(1e-5,1)"}, {"units", "logint(4,256)"}, {"layers", "int(1,4)"}});
    WarmStart warm;
    warm.from = {"a.db"};
    warm.first = {{{"learning_rate", 0.01}, {"units", int64_t{32}}, {"layers", int64_t{3}}}};
    const auto sampler = make_sampler(space, {.seed = 1, .trials = 60, .plan = "staged", .warm_start = warm});
    for (const auto& c : sampler->ask(100)) {
        EXPECT_EQ(number(c, "units"), 32);
        EXPECT_EQ(number(c, "layers"), 3);
    }
    EXPECT_THAT(sampler->explain(), HasSubstr("as in the best of the warm start, until its own stage"));
}

TEST(WarmStart, AGridTakesNone) {
    WarmStart warm;
    warm.first = {{{"weight_decay", 0.5}, {"patience_factor", 0.5}}};
    EXPECT_THROW((void)make_sampler(square(), {.name = "grid", .warm_start = warm}), UsageError);
}

} // namespace
} // namespace caviar
