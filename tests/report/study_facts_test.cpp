// What a report reads from a study's file.

#include "host/report/advice.h"
#include "host/report/round_box.h"
#include "host/report/study_facts.h"
#include "host/study/candidate.h"
#include "host/study/confirmation.h"
#include "host/study/same_study.h"
#include "tests/study/support.h"

#include <gmock/gmock.h>

#include <cmath>

namespace caviar::report {
namespace {

using namespace testing_study;

/// A study of rounds of 10 trials with results as drawn; `finish`: the last round's, too.
std::unique_ptr<Study> some_study(const Folder& folder, const SweepSettings& settings, int rounds, bool finish) {
    auto study = Study::create(folder.file("s.db"), some_header(settings));
    std::mt19937_64 random(3);
    for (int32_t round = 0; round < rounds; ++round) {
        const auto trials = some_trials(settings, study->size(), 10, round, random);
        study->add({round, R"({"box":{"learning_rate":{"low":0.001,"high":0.1},"optimizer":{"weights":{"adam":0.7,"sgd":0.3}}}})", "why"}, trials);
        if (round + 1 == rounds && !finish) break;
        std::vector<TrialResult> results;
        std::vector<Weights> weights;
        for (const Trial& trial : trials) results.push_back(some_result(trial.id, random)), weights.push_back(some_weights(trial.id));
        std::vector<const Weights*> pointers;
        for (const Weights& w : weights) pointers.push_back(&w);
        study->record(results, pointers);
    }
    return study;
}

TEST(StudyFacts, OfAnEmptyStudy) {
    const Folder folder;
    const auto study = Study::create(folder.file("s.db"), some_header());
    const StudyFacts facts(*study);
    EXPECT_FALSE(facts.best || facts.runner_up || facts.test || facts.finished);
    EXPECT_TRUE(facts.stretches.empty());
    EXPECT_EQ(advise(situation(facts, {})).size(), 1u) << "to go on";
}

TEST(StudyFacts, PartsTheSearchIntoRounds) {
    const Folder folder;
    const SweepSettings settings = some_settings("coarse-to-fine", 40);
    const auto study = some_study(folder, settings, 4, false);
    const StudyFacts facts(*study);
    ASSERT_EQ(facts.stretches.size(), 3u) << "of the fourth round no trial has finished";
    ASSERT_TRUE(facts.best && facts.runner_up);
    EXPECT_NE(facts.best->trial.configuration, facts.runner_up->trial.configuration);
    EXPECT_EQ(facts.history.size(), 30u);
    double best = 0;
    int64_t diverged = 0;
    for (const Stretch& s : facts.stretches) {
        EXPECT_EQ(s.finished, 10);
        EXPECT_EQ(s.first, s.first_round * 10);
        EXPECT_EQ(s.last, s.first + 9);
        best = std::max(best, s.best);
        diverged += s.diverged;
        EXPECT_EQ(s.best_so_far, best);
        EXPECT_FALSE(round_box(s.state).empty());
    }
    EXPECT_EQ(best, facts.best->metric);
    EXPECT_EQ(diverged, facts.counts.diverged);
    EXPECT_EQ(situation(facts, {}).to_come, 10);
}

TEST(StudyFacts, PartsOneRoundIntoQuarters) {
    const Folder folder;
    const auto study = some_study(folder, some_settings("sobol", 10), 1, true);
    const StudyFacts facts(*study);
    ASSERT_EQ(facts.stretches.size(), 4u);
    EXPECT_EQ(facts.stretches[0].last + 1, facts.stretches[1].first);
    EXPECT_EQ(facts.stretches[3].last, 9);
}

TEST(StudyFacts, JoinsManyRounds) {
    const Folder folder;
    const auto study = some_study(folder, some_settings("tpe", 200), 20, true);
    const StudyFacts facts(*study);
    EXPECT_EQ(facts.stretches.size(), 6u);
    EXPECT_EQ(facts.stretches.back().last_round, 19);
    int64_t finished = 0;
    for (const Stretch& s : facts.stretches) finished += s.finished;
    EXPECT_EQ(finished, 200);
}

TEST(StudyFacts, KnowTheTrialByWhichTheSearchFoundTheBest) {
    const Folder folder;
    SweepSettings settings = some_settings("random", 22);
    settings.confirm = {1, 2};
    const auto study = some_study(folder, settings, 2, true);
    const TrialId leader = study::to_confirm(*study, settings, 1).at(0).leader;
    std::mt19937_64 random(3);
    auto again = some_trials(settings, 20, 2, 2, random);
    std::vector<TrialResult> results;
    for (const Trial& trial : again) {
        TrialResult& result = results.emplace_back();
        result.id = trial.id;
        result.state = TrialState::complete;
        result.best_epoch = 0;
        result.curve = {{0.5F, 0.0F, 1.0F}}; // better than any of the search
    }
    study->add(study::to_round({{leader}, 2, 22, false}, 2), again);
    const std::vector<const Weights*> none(results.size());
    study->record(results, none);
    const StudyFacts facts(*study);
    EXPECT_EQ(facts.best->trial.id, 20);
    EXPECT_EQ(facts.leader, leader);
    EXPECT_EQ(situation(facts, {}).trials_since_best, 19 - leader) << "whichever of its seeds is the best";
}

TEST(StudyFacts, JudgeSettingsOfSeveralNetsByTheirMean) {
    const Folder folder;
    SweepSettings settings = some_settings("random", 4);
    settings.repeats = 2;
    settings.confirm.settings = 0;
    const auto study = Study::create(folder.file("s.db"), some_header(settings));
    std::mt19937_64 random(3);
    const auto trials = some_trials(settings, 0, 4, 0, random);
    study->add({0, "{}", ""}, trials);
    std::vector<TrialResult> results;
    for (const float accuracy : {0.875F, 0.125F, 0.75F, 0.5F}) { // the luckiest net is of the worse settings
        TrialResult& result = results.emplace_back();
        result.id = static_cast<TrialId>(results.size()) - 1;
        result.state = TrialState::complete;
        result.best_epoch = 0;
        result.curve = {{0.5F, 0.5F, accuracy}};
    }
    study->record(results, std::vector<const Weights*>(4));
    const StudyFacts facts(*study);
    EXPECT_EQ(facts.best->trial.id, 2);
    EXPECT_EQ(facts.best_metric, 0.625);
    EXPECT_EQ(facts.runner_up->trial.id, 0);
    EXPECT_EQ(facts.runner_up_metric, 0.5);
}

TEST(StudyFacts, OfAGridCountSeedsAndWhatConfirms) {
    const Folder folder;
    SweepSettings settings = some_settings("grid", 1000);
    settings.repeats = 2;
    settings.confirm = {2, 3};
    settings.space = SearchSpace();
    settings.space.vary("batch_size", parse_distribution("pow2(8,256)")); // 6 points
    const auto study = Study::create(folder.file("s.db"), some_header(settings));
    EXPECT_EQ(StudyFacts(*study).budget, 6 * 2 + 2 * 3);
}

TEST(StudyFacts, OfARetunedStudyPointToRetune) {
    const Folder folder;
    const auto study = some_study(folder, some_settings("random", 40), 1, true);
    study->note(study::retune_note, "{}");
    EXPECT_THAT(advise(situation(StudyFacts(*study), {})).at(0).why, testing::HasSubstr("caviar retune"));
}

TEST(Lineage, FollowsCopiesBackToTheBeginning) {
    const Folder folder;
    const auto study = some_study(folder, some_settings("random", 10), 1, true);
    EXPECT_TRUE(lineage(*study, 4).empty()) << "it was always itself";
    // 4 took over 7 after 3 epochs; 7 had taken over 2 after 1, and took over 9 after 4, which 4 never saw.
    study->record_events(std::vector<Event>{{4, 3, 7, {{"learning_rate", 0.5}}}, {7, 1, 2, {}}, {7, 4, 9, {}}});
    const auto steps = lineage(*study, 4);
    ASSERT_EQ(steps.size(), 3u);
    EXPECT_EQ(steps[0].trial, 2);
    EXPECT_EQ(steps[0].epoch, 0);
    EXPECT_FALSE(steps[0].settings.empty());
    EXPECT_EQ(steps[1].trial, 7);
    EXPECT_EQ(steps[1].epoch, 1);
    EXPECT_EQ(steps[2].trial, 4);
    EXPECT_EQ(steps[2].epoch, 3);
    EXPECT_EQ(steps[2].settings, (Configuration{{"learning_rate", 0.5}}));
}

TEST(RoundBox, ReadsWhatSamplersWrite) {
    const SearchSpace space = some_settings().space;
    const auto box = round_box(R"({"sampler":"coarse-to-fine","box":{"learning_rate":{"low":0.0012,"high":0.5,"why":"x"},"batch_size":{"low":8,"high":64},)"
                               R"("optimizer":{"weights":{"adam":0.62,"sgd":0.38},"why":"x"}}})");
    ASSERT_EQ(box.size(), 3u);
    EXPECT_EQ(to_string(box[0], space), "0.0012 .. 0.5");
    EXPECT_EQ(to_string(box[1], space), "8 .. 64");
    EXPECT_EQ(to_string(box[2], space), "adam 62%");
    const auto stage = round_box(R"({"plan":"staged","held":{"units":{"value":"16","why":"x"}},"inner":{"box":{"learning_rate":{"low":0.1,"high":1.0}}}})");
    ASSERT_EQ(stage.size(), 2u);
    EXPECT_EQ(to_string(stage[0], space), "= 16");
    EXPECT_EQ(to_string(stage[1], space), "0.1 .. 1");
    const auto line = round_box(R"({"sampler":"coordinate","parameter":"units","low":4,"high":32})");
    ASSERT_EQ(line.size(), 1u);
    EXPECT_EQ(to_string(line[0], space), "4 .. 32");
    for (const char* none : {"{}", "", "not JSON", "[1]", R"({"box":3})", R"({"box":{"a":1}})", R"({"inner":{}})"}) EXPECT_TRUE(round_box(none).empty()) << none;
}

} // namespace
} // namespace caviar::report
