// Who goes on and who stops, against worked examples and by the rules that hold for all schedulers.

#include "host/search/rungs.h"

#include "caviar/error.h"
#include "support.h"

#include <gmock/gmock.h>

#include <numeric>
#include <random>
#include <set>

namespace caviar::testing_search {
namespace {

using search::rungs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double never = std::numeric_limits<double>::infinity();

/// Trials whose score at every epoch is known beforehand, trained as a scheduler says.
class Cohort {
public:
    /// score(trial, epoch from 0): lower is better; infinite: it diverges there.
    Cohort(size_t trials, int32_t most, std::function<double(size_t, int32_t)> score)
        : score_(std::move(score)), scores_(trials), ended_(trials), most_(trials, most), hyperparameters_(trials) {}

    std::vector<Standing> standings() const {
        std::vector<Standing> list;
        for (size_t i = 0; i < scores_.size(); ++i) list.push_back({static_cast<TrialId>(i), scores_[i], most_[i], ended_[i], &hyperparameters_[i]});
        return list;
    }

    void train(const Decision& decision) {
        for (const auto& copy : decision.copies) hyperparameters_[copy.to] = copy.hyperparameters;
        for (const auto& [trial, until] : decision.steps) {
            EXPECT_FALSE(ended_[trial]) << "trial " << trial;
            EXPECT_LE(until, most_[trial]);
            EXPECT_GT(until, epochs(trial)) << "trial " << trial << " has these already";
            while (epochs(trial) < until && !ended_[trial]) {
                const double badness = score_(trial, epochs(trial));
                scores_[trial].push_back({badness, badness});
                ended_[trial] = badness == never || epochs(trial) == most_[trial];
            }
        }
    }

    /// To the end; how often the scheduler was asked.
    int run(const Scheduler& scheduler) {
        for (int asked = 1;; ++asked) {
            const Decision decision = scheduler.next(standings());
            std::set<size_t> trained;
            for (const auto& step : decision.steps) EXPECT_TRUE(trained.insert(step.trial).second) << "trial " << step.trial << " twice";
            for (const size_t i : decision.stopped) {
                EXPECT_FALSE(trained.contains(i)) << "trial " << i << " is stopped and trained";
                stopped.insert(i);
            }
            for (const size_t i : trained) EXPECT_FALSE(stopped.contains(i)) << "trial " << i << " was stopped";
            if (decision.steps.empty()) return asked;
            log.push_back(decision);
            train(decision);
        }
    }

    int32_t epochs(size_t trial) const { return static_cast<int32_t>(scores_[trial].size()); }
    std::vector<int32_t> all_epochs() const {
        std::vector<int32_t> list;
        for (const auto& s : scores_) list.push_back(static_cast<int32_t>(s.size()));
        return list;
    }
    void limit(size_t trial, int32_t most) { most_[trial] = most; }
    Hyperparameters& settings(size_t trial) { return hyperparameters_[trial]; }

    std::set<size_t> stopped;
    std::vector<Decision> log;

private:
    std::function<double(size_t, int32_t)> score_;
    std::vector<std::vector<Score>> scores_;
    std::vector<bool> ended_;
    std::vector<int32_t> most_;
    std::vector<Hyperparameters> hyperparameters_;
};

const SearchSpace space = space_of({{"learning_rate", "log(1e-4,1)"}, {"momentum", "beta(0.5,0.99)"}});

std::unique_ptr<Scheduler> scheduler(const std::string& name, int32_t max_epochs, SchedulerOptions options = {}) {
    options.name = name;
    return make_scheduler(options, max_epochs, 5, space);
}

/// The lower the index the better, from the first epoch on.
double by_index(size_t trial, int32_t) { return static_cast<double>(trial); }

TEST(Rungs, AreTheMostDividedByPowers) {
    EXPECT_THAT(rungs(1, 81, 3), ElementsAre(1, 3, 9, 27, 81));
    EXPECT_THAT(rungs(2, 81, 3), ElementsAre(3, 9, 27, 81));
    EXPECT_THAT(rungs(1, 50, 3), ElementsAre(1, 5, 16, 50));
    EXPECT_THAT(rungs(1, 1, 3), ElementsAre(1));
    EXPECT_THAT(rungs(10, 12, 3), ElementsAre(12));
    EXPECT_THAT(rungs(1, 3, 1.1), ElementsAre(1, 2, 3)) << "none twice";
}

TEST(SuccessiveHalving, KeepsAThirdAtEachRung) {
    Cohort cohort(27, 27, by_index);
    SchedulerOptions options;
    options.min_epochs = 1;
    cohort.run(*scheduler("successive-halving", 27, options));
    for (size_t i = 0; i < 27; ++i) EXPECT_EQ(cohort.epochs(i), i == 0 ? 27 : i < 3 ? 9 : i < 9 ? 3 : 1) << "trial " << i;
    EXPECT_THAT(cohort.stopped, SizeIs(26));
    EXPECT_THAT(cohort.log, SizeIs(4)) << "27 x 1, 9 x 3, 3 x 9, 1 x 27 epochs";
}

TEST(SuccessiveHalving, GoesByTheBestEpochSoFar) {
    // Trial 1 is best at first and worsens; at the rung its best still counts.
    Cohort cohort(3, 9, [](size_t trial, int32_t epoch) { return trial == 1 ? 0.1 + epoch : 1.0 + static_cast<double>(trial); });
    cohort.run(*scheduler("successive-halving", 9, {.eta = 3, .min_epochs = 3}));
    EXPECT_THAT(cohort.all_epochs(), ElementsAre(3, 9, 3));
}

TEST(SuccessiveHalving, DivergedAndShortTrialsNeitherHangNorWin) {
    Cohort cohort(6, 9, [](size_t trial, int32_t epoch) { return trial == 0 && epoch == 1 ? never : static_cast<double>(trial); });
    cohort.limit(1, 2); // by its own settings
    cohort.run(*scheduler("successive-halving", 9, {.eta = 3, .min_epochs = 3}));
    EXPECT_THAT(cohort.all_epochs(), ElementsAre(2, 2, 9, 3, 3, 3)) << "1 and 2 were the best; 1 had ended, 0 had diverged";
    EXPECT_THAT(cohort.stopped, ::testing::UnorderedElementsAre(0, 3, 4, 5));
}

TEST(SuccessiveHalving, OneThatDivergesTakesNoPlace) {
    Cohort before(3, 9, [](size_t trial, int32_t epoch) { return trial == 0 && epoch == 1 ? never : static_cast<double>(trial); });
    before.run(*scheduler("successive-halving", 9, {.eta = 3, .min_epochs = 3}));
    EXPECT_THAT(before.all_epochs(), ElementsAre(2, 9, 3));
}

TEST(Hyperband, BracketsFollowTheFormula) {
    // R = 81, eta = 3: n = 81, 34, 15, 8, 5 (JMLR 18, algorithm 1), 143 trials in all.
    Cohort cohort(143, 81, by_index);
    cohort.run(*scheduler("hyperband", 81));
    std::map<int32_t, int> first; // trials by the first rung
    for (const auto& step : cohort.log[0].steps) ++first[step.until];
    EXPECT_EQ(first, (std::map<int32_t, int>{{1, 81}, {3, 34}, {9, 15}, {27, 8}, {81, 5}}));
    std::map<int32_t, int> last;
    for (const int32_t e : cohort.all_epochs()) ++last[e];
    // 81: 54 stop at 1, 18 at 3, 6 at 9, 2 at 27, 1 ends; 34 (11, 3, 1): 23, 8, 2, 1; 15 (5, 1): 10, 4, 1; 8 (2): 6, 2; 5
    EXPECT_EQ(last, (std::map<int32_t, int>{{1, 54}, {3, 18 + 23}, {9, 6 + 8 + 10}, {27, 2 + 2 + 4 + 6}, {81, 1 + 1 + 1 + 2 + 5}}));
    EXPECT_THAT(scheduler("hyperband", 81)->explain(), HasSubstr("81 trials from 1 epoch on, 34 trials from 3 epochs on, 15"));
}

TEST(Hyperband, FillsBracketsAgainAndLeavesTheLastSmall) {
    Cohort cohort(143 + 81 + 3, 81, by_index);
    cohort.run(*scheduler("hyperband", 81));
    std::map<int32_t, int> first;
    for (const auto& step : cohort.log[0].steps) ++first[step.until];
    EXPECT_EQ(first, (std::map<int32_t, int>{{1, 162}, {3, 37}, {9, 15}, {27, 8}, {81, 5}}));
}

TEST(Asha, PromotesAsSoonAsThereIsATopThird) {
    // One worker, rungs 1 3 9, every later trial better than those before: worked out by hand from algorithm 2.
    Cohort cohort(4, 9, [](size_t trial, int32_t) { return -static_cast<double>(trial); });
    cohort.run(*scheduler("asha", 9, {.eta = 3, .workers = 1}));
    std::vector<std::pair<size_t, int32_t>> jobs;
    for (const Decision& d : cohort.log) {
        ASSERT_THAT(d.steps, SizeIs(1));
        jobs.emplace_back(d.steps[0].trial, d.steps[0].until);
    }
    // 0, 1, 2 fill the first rung; 2 is its top third; then 3 comes, floor(4/3) = 1, and it is the top. Nobody is left, nobody can be
    // promoted (floor(2/3) = 0), so the best of the highest rung goes on to be the winner.
    EXPECT_THAT(jobs, ElementsAre(std::pair(0, 1), std::pair(1, 1), std::pair(2, 1), std::pair(2, 3), std::pair(3, 1), std::pair(3, 3), std::pair(3, 9)));
}

TEST(Asha, HigherRungsFirstAndAllWorkersBusy) {
    Cohort cohort(27, 9, by_index);
    cohort.run(*scheduler("asha", 9, {.eta = 3, .workers = 9}));
    ASSERT_GE(cohort.log.size(), 3u);
    EXPECT_THAT(cohort.log[0].steps, SizeIs(9));
    using Step = Decision::Step;
    EXPECT_THAT(cohort.log[1].steps, ElementsAre(Step{0, 3}, Step{1, 3}, Step{2, 3}, Step{9, 1}, Step{10, 1}, Step{11, 1}, Step{12, 1}, Step{13, 1}, Step{14, 1}));
    EXPECT_EQ(cohort.log[2].steps[0], (Step{0, 9})) << "the best of three at the second rung";
    EXPECT_EQ(cohort.epochs(0), 9);
    for (size_t i = 0; i < 27; ++i) EXPECT_GE(cohort.epochs(i), 1) << "every trial is begun";
}

TEST(Asha, ATrialThatEndedCountsInItsRungAndIsNeverPromoted) {
    Cohort cohort(6, 9, [](size_t trial, int32_t epoch) { return trial == 0 && epoch == 0 ? never : static_cast<double>(trial); });
    cohort.limit(1, 1);
    cohort.run(*scheduler("asha", 9, {.eta = 3, .workers = 6}));
    EXPECT_EQ(cohort.epochs(0), 1);
    EXPECT_EQ(cohort.epochs(1), 1);
    EXPECT_GT(cohort.epochs(2), 1) << "second of six, as floor(6/3) = 2 are good enough";
}

TEST(Median, StopsWhatIsWorseThanTheAverages) {
    Cohort cohort(5, 20, by_index);
    cohort.run(*scheduler("median", 20, {.min_epochs = 5}));
    // At 5 epochs the averages are 0 1 2 3 4, their median 2: trials 3 and 4 stop. Afterwards 0 1 2 have median 1: 2 stops; then 0.5: 1.
    EXPECT_THAT(cohort.all_epochs(), ElementsAre(20, 15, 10, 5, 5));
}

TEST(Median, ABestEpochSavesATrialWhoseAverageIsBad) {
    Cohort cohort(3, 10, [](size_t trial, int32_t epoch) { return trial == 2 ? (epoch == 4 ? -1.0 : 100.0) : static_cast<double>(trial); });
    cohort.run(*scheduler("median", 10, {.min_epochs = 5}));
    EXPECT_EQ(cohort.epochs(2), 10);
}

TEST(Pbt, SaysWhatKeepsNetsFromBeingTakenOver) {
    EXPECT_THAT(scheduler("pbt", 40)->explain(), Not(HasSubstr("--set")));
    const SearchSpace shapes = space_of({{"learning_rate", "log(1e-4,1)"}, {"units", "int(8,64)"}, {"activation", "choice(relu,tanh)"}});
    EXPECT_THAT(make_scheduler({.name = "pbt"}, 40, 5, shapes)->explain(), HasSubstr("units, activation vary: hold them with --set"));
}

TEST(Pbt, TheWorstTakeOverFromTheBest) {
    Cohort cohort(10, 40, by_index);
    for (size_t i = 0; i < 10; ++i) {
        cohort.settings(i).learning_rate = 0.01f * static_cast<float>(i + 1);
        cohort.settings(i).seed = i;
    }
    cohort.run(*scheduler("pbt", 40, {.min_epochs = 10, .quantile = 0.2}));
    ASSERT_THAT(cohort.log, SizeIs(4));
    EXPECT_THAT(cohort.log[0].copies, IsEmpty());
    for (int k = 1; k < 4; ++k) {
        ASSERT_THAT(cohort.log[static_cast<size_t>(k)].copies, SizeIs(2));
        for (const auto& copy : cohort.log[static_cast<size_t>(k)].copies) {
            EXPECT_LT(copy.from, 2u);
            EXPECT_GE(copy.to, 8u);
            EXPECT_EQ(copy.hyperparameters.seed, copy.to) << "minibatches stay its own";
            const float base = 0.01f * static_cast<float>(copy.from + 1);
            const float step = copy.hyperparameters.learning_rate / base;
            EXPECT_TRUE(std::abs(step - 0.8f) < 1e-6f || std::abs(step - 1.25f) < 1e-6f) << step; // two roundings to float
            const double away = (1 - static_cast<double>(copy.hyperparameters.momentum)) / (1 - static_cast<double>(0.9f));
            EXPECT_TRUE(std::abs(away - 0.8) < 1e-6 || std::abs(away - 1.25) < 1e-6) << away; // floats near 0.9 are 6e-8 apart
        }
    }
    EXPECT_THAT(cohort.all_epochs(), ::testing::Each(40));
}

TEST(Pbt, OnlyNetsOfTheSameShapeAreTakenOverAndTheSpaceHolds) {
    Cohort cohort(10, 20, by_index);
    for (size_t i = 0; i < 10; ++i) {
        cohort.settings(i).hidden = {i % 2 ? 32 : 64};
        cohort.settings(i).learning_rate = 1;
        cohort.settings(i).init = i < 5 ? Init::he_normal : Init::glorot_uniform;
    }
    cohort.run(*scheduler("pbt", 20, {.min_epochs = 10}));
    ASSERT_THAT(cohort.log[1].copies, SizeIs(2));
    for (const auto& copy : cohort.log[1].copies) {
        EXPECT_EQ(copy.from % 2, copy.to % 2);
        EXPECT_EQ(copy.hyperparameters.init, Init::glorot_uniform) << "its first weights are drawn already";
        EXPECT_LE(copy.hyperparameters.learning_rate, 1);
    }
}

class EveryScheduler : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Schedulers, EveryScheduler, ::testing::Values("none", "median", "successive-halving", "hyperband", "asha", "pbt"));

TEST_P(EveryScheduler, EndsOnAnyCohortAndLeavesAWinner) {
    std::mt19937_64 random(3);
    for (int repeat = 0; repeat < 60; ++repeat) {
        const size_t trials = repeat < 5 ? static_cast<size_t>(repeat) : random() % 70;
        const auto most = static_cast<int32_t>(1 + random() % 60);
        std::uniform_real_distribution<double> unit(0, 1);
        std::vector<double> level(trials), noise(997);
        for (double& l : level) l = unit(random);
        for (double& n : noise) n = unit(random);
        Cohort cohort(trials, most, [&](size_t i, int32_t e) {
            const double n = noise[(i * 131 + static_cast<size_t>(e) * 17) % noise.size()];
            return n < 0.01 ? never : level[i] + 0.3 * n;
        });
        for (size_t i = 0; i < trials; ++i)
            if (random() % 4 == 0) cohort.limit(i, 1 + static_cast<int32_t>(random() % static_cast<uint64_t>(most)));
        SchedulerOptions options;
        options.eta = 1.5 + 3 * unit(random);
        options.workers = 1 + static_cast<int32_t>(random() % 10);
        options.min_epochs = static_cast<int32_t>(random() % static_cast<uint64_t>(most + 1));
        const auto what = scheduler(GetParam(), most, options);
        cohort.run(*what);
        int ends = 0;
        bool all_diverged = true;
        for (const Standing& s : cohort.standings()) {
            const bool diverged = s.ended && s.scores.back().badness == never;
            ends += s.ended && !diverged;
            all_diverged = all_diverged && diverged;
        }
        EXPECT_EQ(ends > 0, !all_diverged) << trials << " trials of " << most << " epochs";
        for (size_t i = 0; i < trials; ++i) EXPECT_GT(cohort.epochs(i), 0) << "trial " << i << " of " << trials;
    }
}

TEST_P(EveryScheduler, DecidesByTheStandingsAlone) {
    Cohort one(40, 30, [](size_t i, int32_t e) { return std::sin(static_cast<double>(i * 37 + static_cast<size_t>(e))); });
    Cohort two = one;
    const auto a = scheduler(GetParam(), 30), b = scheduler(GetParam(), 30);
    one.run(*a);
    a->next(one.standings()); // whatever it was asked before
    while (true) {
        const Decision decision = (two.log.size() % 2 ? a : b)->next(two.standings());
        if (decision.steps.empty()) break;
        ASSERT_LT(two.log.size(), one.log.size());
        EXPECT_EQ(decision.steps, one.log[two.log.size()].steps);
        two.log.push_back(decision);
        two.train(decision);
    }
    EXPECT_EQ(two.log.size(), one.log.size());
}

TEST(MakeScheduler, RefusesWhatMakesNoSense) {
    const auto what = [](SchedulerOptions o, int32_t epochs = 10) -> std::string {
        try {
            make_scheduler(o, epochs, 1, space);
            return "";
        } catch (const UsageError& e) {
            return e.what();
        }
    };
    EXPECT_THAT(what({.name = "hyperbanned"}), HasSubstr("did you mean \"hyperband\""));
    EXPECT_THAT(what({.eta = 1}), HasSubstr("eta is above 1"));
    EXPECT_THAT(what({.eta = std::nan("")}), HasSubstr("eta"));
    EXPECT_THAT(what({.min_epochs = 11}), HasSubstr("from 1 to the trials' 10"));
    EXPECT_THAT(what({.workers = 0}), HasSubstr("worker"));
    EXPECT_THAT(what({.quantile = 0.6}), HasSubstr("quantile"));
    EXPECT_EQ(what({}), "");
}

} // namespace
} // namespace caviar::testing_search
