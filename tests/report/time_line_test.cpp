// How many trials were under way, and how busy a device was, from when each trained.

#include "host/report/time_line.h"
#include "tests/study/support.h"

#include <gmock/gmock.h>

namespace caviar::report {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr double noon = 1.8e9;
constexpr double rounding = 1e-6; // seconds since 1970 as doubles are known to 2.4e-7

TEST(TimeLine, CountsWhatIsUnderWayAndHowBusyTheWorkersWere) {
    const std::vector<caviar::Run> runs{{"cpu", "idle", 1}, {"cpu", "x", 2}};
    const std::vector<TimedTrial> trials{{1, TrialState::complete, noon, noon + 4, 4}, {1, TrialState::stopped, noon, noon + 1, 1}, {1, TrialState::diverged, noon + 2.5, noon + 3, 0.5}};
    const auto times = run_times(trials, runs, 4);
    ASSERT_EQ(times.size(), 1u) << "without the run that trained nothing";
    const RunTimes& run = times[0];
    EXPECT_EQ(run.run, 1);
    EXPECT_EQ(run.began, noon);
    EXPECT_EQ(run.ended, noon + 4);
    EXPECT_EQ(run.trials, 3);
    EXPECT_DOUBLE_EQ(run.step, 1);
    EXPECT_DOUBLE_EQ(run.busy, 5.5 / 8);
    EXPECT_THAT(run.under_way[0], ElementsAre(1, 1, 1, 1));
    EXPECT_THAT(run.under_way[1], ElementsAre(1, 0, 0, 0));
    EXPECT_THAT(run.under_way[2], ElementsAre(0, 0, 0.5, 0)) << "half of the third second";
}

TEST(TimeLine, MeansAddUpToTheTimeOfAllTrialsWhereverTheyLie) {
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> unit(0, 1);
    std::vector<TimedTrial> trials;
    double all = 0;
    for (int i = 0; i < 500; ++i) {
        const double began = noon + 100 * unit(random), took = 3 * unit(random) * unit(random);
        trials.push_back({0, TrialState::complete, began, began + took, took});
        all += trials.back().ended - began;
    }
    for (const size_t stretches : {1, 7, 600}) {
        const auto times = run_times(trials, std::vector<caviar::Run>(1), stretches);
        ASSERT_EQ(times[0].under_way[0].size(), stretches);
        double sum = 0;
        for (const double mean : times[0].under_way[0]) {
            EXPECT_GE(mean, -rounding);
            sum += mean * times[0].step;
        }
        EXPECT_NEAR(sum, all, 500 * rounding);
        EXPECT_THAT(times[0].under_way[1], Each(0));
    }
}

TEST(TimeLine, RunsShareTheStretchesByTheirLength) {
    const std::vector<caviar::Run> runs(3, {"cpu", "x", 1});
    const std::vector<TimedTrial> trials{{0, TrialState::complete, noon, noon + 30, 15}, {1, TrialState::complete, noon + 9e4, noon + 9e4 + 10, 10}, {2, TrialState::complete, noon + 1e5, noon + 1e5, 0}};
    const auto times = run_times(trials, runs, 40);
    ASSERT_EQ(times.size(), 3u);
    EXPECT_EQ(times[0].under_way[0].size(), 30u);
    EXPECT_EQ(times[1].under_way[0].size(), 10u);
    EXPECT_EQ(times[2].under_way[0].size(), 1u) << "no longer than the clock can tell";
    EXPECT_DOUBLE_EQ(times[0].busy, 0.5);
    EXPECT_TRUE(run_times({}, runs, 40).empty());
}

TEST(TimeLine, TakesTheDatedTrialsOfAStudy) {
    using namespace testing_study;
    const Folder folder;
    const SweepSettings settings = some_settings();
    std::mt19937_64 random(1);
    const auto study = Study::create(folder.file("s"), some_header(settings));
    study->add({0, "", ""}, some_trials(settings, 0, 4, 0, random));
    std::vector<TrialResult> results(2);
    for (TrialResult& r : results) r.state = TrialState::complete, r.id = &r - results.data();
    results[1].worked_on(noon, noon + 2);
    results[1].seconds = 1;
    study->begin_run({"cpu", "x", "plain", 2});
    study->record(results, std::vector<const Weights*>(2));
    const auto trials = timed_trials(*study);
    ASSERT_EQ(trials.size(), 1u) << "one is not dated, two wait";
    EXPECT_EQ(trials[0].ended - trials[0].began, 2);
    EXPECT_EQ(trials[0].seconds, 1);
}

} // namespace
} // namespace caviar::report
