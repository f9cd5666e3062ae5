#include "support.h"

#include "caviar/error.h"

#include <nlohmann/json.hpp>

#include <limits>
#include <map>
#include <set>

namespace caviar {
namespace {

using namespace testing_search;
using json = nlohmann::json;

SamplerOptions staged_options(const char* name, uint64_t seed, int64_t trials) { return {.name = name, .seed = seed, .trials = trials, .plan = "staged"}; }
std::unique_ptr<Sampler> staged(const SearchSpace& space, const char* name, uint64_t seed, int64_t trials) {
    return make_sampler(space, staged_options(name, seed, trials));
}

const char* const inner_samplers[] = {"random", "sobol", "coarse-to-fine"};

const Objective bowl = [](const Configuration& c) {
    return std::abs(std::log10(number(c, "learning_rate")) + 2.2) + (word(c, "optimizer") == "adamw" ? 0 : 0.3) + 0.1 * std::abs(number(c, "layers") - 2) +
           (word(c, "activation") == "gelu" ? 0 : 0.1);
};

/// All trials, each with the stage it was asked in.
std::vector<std::pair<size_t, Observation>> by_stage(Sampler& sampler, const Objective& f) {
    std::vector<std::pair<size_t, Observation>> all;
    for (;;) {
        const auto stage = json::parse(sampler.state()).at("stage").get<size_t>();
        std::vector<Observation> told;
        for (const auto& c : sampler.ask(1 << 20)) told.push_back({static_cast<TrialId>(all.size() + told.size()), 0, c, {f(c), f(c)}});
        if (told.empty()) return all;
        sampler.tell(told);
        for (const auto& t : told) all.emplace_back(stage, t);
    }
}

TEST(Staged, BudgetsAddUp) {
    for (const char* name : inner_samplers)
        for (const int64_t trials : {1, 2, 3, 4, 7, 10, 60, 200, 1001})
            for (const auto& space : {SearchSpace::standard(1000, 10, false), square(), SearchSpace{}, space_of({{"learning_rate", "log(1e-4,1)"}})})
                EXPECT_EQ(run(*staged(space, name, 1, trials), [](const Configuration&) { return 1.0; }).size(), static_cast<size_t>(trials))
                    << name << ", " << trials;
    std::map<size_t, int> sizes;
    for (const auto& [stage, trial] : by_stage(*staged(SearchSpace::standard(1000, 10, false), "sobol", 1, 100), bowl)) ++sizes[stage];
    EXPECT_EQ(sizes, (std::map<size_t, int>{{0, 30}, {1, 30}, {2, 20}, {3, 20}}));
    EXPECT_EQ(run(*staged(square(), "sobol", 1, 0), branin_of).size(), 256u);
}

TEST(Staged, VariesTheMostImportantFirstAndHoldsWhatIsTuned) {
    const std::vector<std::set<std::string>> own = {
        {"learning_rate", "optimizer"}, {"momentum", "units", "batch_size"}, {"layers", "schedule"}, {"activation", "weight_decay", "dropout"}};
    const SearchSpace space = SearchSpace::standard(1000, 10, false);
    for (const char* name : inner_samplers) {
        const auto all = by_stage(*staged(space, name, 3, 200), bowl);
        ASSERT_EQ(all.size(), 200u);
        std::vector<std::map<std::string, std::set<std::string>>> seen(own.size());
        for (const auto& [stage, trial] : all)
            for (const auto& [setting, value] : trial.configuration) seen[stage][setting].insert(to_string(value));
        const Configuration* best = nullptr;
        double least = std::numeric_limits<double>::infinity();
        size_t trial = 0;
        double width = 10; // decades
        for (size_t stage = 0; stage < own.size(); ++stage) {
            for (const auto& [setting, values] : seen[stage]) {
                const bool varies = setting == "learning_rate" || own[stage].contains(setting);
                EXPECT_EQ(values.size() > 1, varies) << name << ", stage " << stage << ", " << setting;
                bool tuned = false;
                for (size_t before = 0; before < stage; ++before) tuned |= own[before].contains(setting);
                if (tuned && !varies) {
                    EXPECT_EQ(*values.begin(), word(*best, setting)) << name << ", stage " << stage << ", " << setting;
                }
            }
            double low = 1, high = 0;
            for (; trial < all.size() && all[trial].first == stage; ++trial) {
                low = std::min(low, number(all[trial].second.configuration, "learning_rate"));
                high = std::max(high, number(all[trial].second.configuration, "learning_rate"));
                if (all[trial].second.score.badness >= least) continue;
                least = all[trial].second.score.badness;
                best = &all[trial].second.configuration;
            }
            EXPECT_LT(std::log10(high / low), width) << "each stage narrows the rate";
            width = std::log10(high / low);
        }
        EXPECT_EQ(word(*best, "optimizer"), "adamw");
        EXPECT_EQ(word(*best, "activation"), "gelu");
        EXPECT_NEAR(std::log10(number(*best, "learning_rate")), -2.2, 0.1);
    }
}

TEST(Staged, AStageWithoutAnythingToTuneLeavesItsTrialsToTheNext) {
    // sgd has no momentum, and it is best: the second stage has nothing of its own.
    const SearchSpace space = space_of({{"learning_rate", "log(1e-4,1)"}, {"optimizer", "choice(sgd,nesterov)"}, {"momentum", "beta(0.5,0.99)"},
                                        {"layers", "int(1,3)"}});
    std::map<size_t, int> sizes;
    for (const auto& [stage, trial] : by_stage(*staged(space, "random", 1, 80), [](const Configuration& c) { return word(c, "optimizer") == "sgd" ? 0.0 : 1.0; }))
        ++sizes[stage];
    EXPECT_EQ(sizes, (std::map<size_t, int>{{0, 30}, {2, 50}}));
}

TEST(Staged, HoldsConditionsOfTheUsersOwn) {
    SearchSpace space = space_of({{"learning_rate", "log(1e-4,1)"}, {"layers", "int(1,3)"}, {"activation", "choice(relu,tanh)"}});
    space.vary("units", parse_distribution("int(4,64)"), Condition{"activation", {std::string("tanh")}}); // its parent is tuned after it
    for (const auto& [stage, trial] : by_stage(*staged(space, "sobol", 1, 100), bowl))
        EXPECT_EQ(find(trial.configuration, "units") != nullptr, word(trial.configuration, "activation") == "tanh");
}

TEST(Staged, DependsOnNothingButSeedAndObservations) {
    const SearchSpace space = SearchSpace::standard(1000, 10, false);
    for (const char* name : inner_samplers) {
        const auto whole = run(*staged(space, name, 6, 90), bowl);
        for (const int64_t chunk : {1, 7, 29, 50}) EXPECT_EQ(configurations(run(*staged(space, name, 6, 90), bowl, chunk)), configurations(whole)) << chunk;
        EXPECT_NE(configurations(run(*staged(space, name, 7, 90), bowl)), configurations(whole));
        const auto old = staged(space, name, 6, 90);
        for (size_t told = 0; told < whole.size();) {
            const auto fresh = staged(space, name, 6, 90);
            fresh->tell(std::span(whole).first(told));
            EXPECT_EQ(fresh->state(), old->state());
            EXPECT_EQ(fresh->explain(), old->explain());
            const auto asked = old->ask(1000);
            EXPECT_EQ(fresh->ask(1000), asked);
            old->tell(std::span(whole).subspan(told, asked.size()));
            told += asked.size();
        }
        EXPECT_TRUE(old->ask(1000).empty());
        EXPECT_EQ(old->explain(), "");
    }
}

TEST(Staged, SurvivesTrialsThatDiverge) {
    for (const char* name : inner_samplers)
        for (const double bad : {std::numeric_limits<double>::infinity(), std::nan("")})
            EXPECT_EQ(run(*staged(SearchSpace::standard(1000, 10, false), name, 1, 64), [&](const Configuration&) { return bad; }).size(), 64u);
}

TEST(Staged, SaysWhatItHoldsAndWhy) {
    const SearchSpace space = space_of({{"learning_rate", "log(1e-4,1)"}, {"units", "logint(4,64)"}, {"layers", "int(1,3)"}});
    const auto sampler = staged(space, "random", 1, 80);
    EXPECT_EQ(sampler->explain(), "stage 1 of 3, learning_rate: 30 of 80 trials\n"
                                  "  units   16  (the middle of its scale until its own stage)\n"
                                  "  layers  2  (the middle of its scale until its own stage)");
    std::vector<Observation> told;
    for (const auto& c : sampler->ask(1000)) {
        const double x = std::abs(std::log10(number(c, "learning_rate")) + 2);
        told.push_back({static_cast<TrialId>(told.size()), 0, c, {x, x}});
    }
    sampler->tell(told);
    const std::string text = sampler->explain();
    EXPECT_EQ(text.find("stage 2 of 3, units: 30 of 80 trials\n  learning_rate  0.00"), 0u) << text;
    EXPECT_NE(text.find("(narrowed, as the best 6 of 30 trials lie in 0.00"), std::string::npos) << text;
    const json state = json::parse(sampler->state());
    EXPECT_EQ(state["stage"], 1);
    EXPECT_EQ(state["parameters"], json({"units"}));
    EXPECT_TRUE(state["held"].contains("layers"));
}

TEST(Staged, RefusesWhatItCannotDo) {
    for (const char* name : {"grid", "coordinate", "sobel"}) EXPECT_THROW(staged(square(), name, 1, 100), UsageError);
    EXPECT_THROW(make_sampler(square(), {.trials = 100, .plan = "stagd"}), UsageError);
    EXPECT_THROW(staged(square(), "random", 1, 1'000'001), UsageError);
    EXPECT_THROW(make_sampler(square(), {.trials = 10, .rounds = 11, .plan = "staged"}), UsageError);
    EXPECT_NO_THROW(make_sampler(square(), {.trials = 10, .rounds = 10, .plan = "staged"}));
}

} // namespace
} // namespace caviar
