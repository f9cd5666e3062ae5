// Sweeps that cross-validate, on the CPU engine: what a trial of a fold computes, what its settings are worth, and the net to use.

#include "support.h"

#include "caviar/error.h"
#include "host/cpu/engine.h"
#include "host/study/candidate.h"
#include "host/study/confirmation.h"
#include "host/study/folds.h"
#include "host/study/refit.h"
#include "host/study/settings.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <set>

namespace caviar::testing_study {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int32_t folds = 3;

struct CrossValidation : ::testing::Test {
    Folder folder;
    std::unique_ptr<Engine> engine = cpu::make_cpu_engine(1, "");
    SweepSettings settings;
    Prepared data;
    std::unique_ptr<Study> study;

    void SetUp() override {
        std::mt19937_64 random(4);
        std::string text = "a,b,c,y\n";
        const auto number = [&] { return static_cast<double>(random() % 1000) / 500 - 1; };
        for (int i = 0; i < 90; ++i) {
            const double a = number(), b = number();
            text += std::to_string(a) + "," + std::to_string(b) + "," + (random() % 3 ? "p" : "q") + "," + (a + b + 0.4 * number() > 0 ? "yes" : "no") + "\n";
        }
        std::ofstream(folder.file("table.csv")) << text;
        settings.data = folder.file("table.csv");
        settings.prepare.target = "y";
        settings.prepare.folds = {folds, {}};
        settings.space.vary("learning_rate", parse_distribution("log(1e-3,1)"));
        settings.space.vary("batch_size", parse_distribution("pow2(8,32)"));
        settings.defaults.hidden = {6};
        settings.defaults.epochs = 4;
        settings.sampler = {.name = "random", .seed = 3, .trials = 13}; // 4 settings; one trial is left over
        settings.keep_weights = 3;
        data = load(settings);
    }
    void begin(const std::string& name = "s") { study = Study::create(folder.file(name), make_header(settings, data, *engine)); }
    SweepOutcome sweep(const SweepControl& control = {}) { return run_sweep(settings, data, *engine, *study, control); }
    std::vector<TrialRow> rows(bool curves = false) const {
        TrialQuery query;
        query.sort = "id";
        query.curves = curves;
        return study->trials(query);
    }
    PopulationOptions options() const { return {settings.sampler.seed, default_loss(data.dataset.task), default_metric(data.dataset.task)}; }
};

TEST_F(CrossValidation, ATrialIsThatOfItsFoldAlone) {
    begin();
    EXPECT_EQ(sweep().trials, 12);
    for (const TrialRow& row : rows(true)) {
        SweepSettings alone = settings;
        alone.prepare.folds.valid = static_cast<int32_t>(row.trial.id % folds);
        const Prepared one = load(alone);
        const auto population = engine->populate(one.dataset, options());
        population->admit(std::span(&row.trial, 1));
        const TrialResult by_hand = population->train(settings.defaults.epochs, std::span(&row.trial.id, 1)).at(0);
        EXPECT_EQ(hex(by_hand.curve), hex(row.result.curve)) << row.trial.id;
        EXPECT_EQ(row.trial.configuration, rows()[static_cast<size_t>(row.trial.id / folds * folds)].trial.configuration);
        const auto kept = study->weights(row.trial.id);
        EXPECT_TRUE(!kept || hex(population->weights(row.trial.id).values) == hex(kept->values));
    }
}

TEST_F(CrossValidation, TheMeanOverTheFoldsDecidesAndTheNetIsOfAllRows) {
    begin();
    const SweepOutcome outcome = sweep();
    const auto all = rows(true);
    const auto list = study::ranking(*study, settings, 10);
    ASSERT_EQ(list.size(), 4u);
    for (const study::Candidate& c : list) {
        ASSERT_EQ(c.trials.size(), 3u);
        double mean = 0;
        for (size_t k = 0; k < 3; ++k) mean += all[static_cast<size_t>(c.leader) + k].metric / 3;
        EXPECT_NEAR(c.metric, mean, 1e-12); // sums in another order
        EXPECT_LE(c.metric, list[0].metric + 1e-12);
    }
    const study::Candidate& best = list[0];
    ASSERT_TRUE(outcome.winner && outcome.test);
    EXPECT_EQ(outcome.winner->seeds, (std::vector{best.leader, best.leader + 1, best.leader + 2}));
    EXPECT_EQ(outcome.winner->mean, best.metric);
    EXPECT_FALSE(outcome.winner->test_mean) << "other settings have no net of all rows";

    double epochs = 0;
    for (const TrialRow& row : best.trials) epochs += (row.result.best_epoch + 1) / 3.0;
    const Trial first = all[static_cast<size_t>(best.leader)].trial;
    const auto population = engine->populate(data.dataset, options());
    population->admit(std::span(&first, 1));
    (void)population->train(static_cast<int32_t>(std::lround(epochs)), std::span(&first.id, 1));
    const Dataset& whole = data.dataset;
    const auto outputs = engine->forward(population->weights(first.id), first.hyperparameters.activation, whole.with(first.hyperparameters.scaling).test);
    EXPECT_EQ(outcome.test->test, evaluate(options().metric, options().loss, outputs, whole.outputs(options().loss), whole.test_targets, whole.target_scale));
    EXPECT_EQ(outcome.test->refit_epochs, std::lround(epochs));
    EXPECT_EQ(outcome.test->valid, best.metric);
    EXPECT_EQ(test_report_from_json(to_json(*outcome.test)), *outcome.test);
    EXPECT_EQ(hex(study::refit(settings, data, *engine, *study, best).weights.values), hex(population->weights(first.id).values));
}

TEST_F(CrossValidation, ALuckyFoldDoesNotReachTheTarget) {
    settings.sampler.trials = 96;
    begin();
    (void)sweep();
    double lucky = 0, mean = 0;
    for (const TrialRow& row : rows()) lucky = std::max(lucky, row.metric);
    for (const study::Candidate& c : study::ranking(*study, settings, 100)) mean = std::max(mean, c.metric);
    ASSERT_LT(mean, lucky);

    begin("lucky");
    SweepControl control;
    control.target = lucky;
    EXPECT_EQ(sweep(control).end, SweepOutcome::End::all);
    begin("mean");
    control.target = mean - 0.2; // many reach it
    const SweepOutcome early = sweep(control);
    EXPECT_EQ(early.end, SweepOutcome::End::target);
    EXPECT_EQ(early.trials, 48) << "whole settings, a few at once";
    ASSERT_TRUE(early.winner && early.test);
    EXPECT_GE(early.winner->mean, *control.target);
}

TEST_F(CrossValidation, WithoutASettingOfAllFoldsNothingIsJudged) {
    begin();
    std::stop_source stop;
    SweepControl control;
    control.stop = stop.get_token();
    control.report_every = control.save_every = 0;
    control.on_progress = [&](const SweepProgress& progress) {
        if (progress.trials_done > 0) stop.request_stop();
    };
    ASSERT_TRUE(sweep(control).interrupted());
    const auto list = study::ranking(*study, settings, 10);
    ASSERT_FALSE(list.empty());
    ASSERT_FALSE(list[0].sound());
    SweepControl late;
    late.most_seconds = 1e-9;
    const SweepOutcome outcome = sweep(late);
    EXPECT_EQ(outcome.end, SweepOutcome::End::time);
    EXPECT_FALSE(outcome.test);
    EXPECT_FALSE(outcome.winner);
    EXPECT_TRUE(sweep().test) << "which comes when all is trained";
}

TEST_F(CrossValidation, FoldsGoOnOrStopTogetherInterruptedOrNot) {
    settings.defaults.epochs = 9;
    settings.sampler.trials = 36;
    for (const char* scheduler : {"none", "median", "successive-halving", "hyperband", "asha"}) {
        settings.scheduler.name = scheduler;
        settings.scheduler.workers = 4;
        begin(std::string("whole-") + scheduler);
        (void)sweep();
        const std::string expected = everything(*study);
        std::vector<TrialId> ids;
        const auto all = rows();
        for (size_t first = 0; first < all.size(); first += folds) {
            std::set<int32_t> epochs;
            bool diverged = false;
            for (size_t k = 0; k < folds; ++k) {
                ids.push_back(all[first + k].trial.id);
                epochs.insert(all[first + k].epochs);
                diverged |= all[first + k].result.state == TrialState::diverged;
            }
            EXPECT_TRUE(diverged || epochs.size() == 1) << scheduler << " at " << first;
        }
        EXPECT_EQ(verify(settings, data, *engine, *study, ids), std::vector<TrialId>{}) << scheduler;

        const std::string name = std::string("cut-") + scheduler;
        begin(name);
        int interruptions = 0;
        for (;; ++interruptions) {
            ASSERT_LT(interruptions, 200);
            std::stop_source stop;
            int left = 1 + 2 * interruptions; // later and later: a cohort begins anew
            SweepControl control;
            control.report_every = control.save_every = 0;
            control.stop = stop.get_token();
            control.on_progress = [&](const SweepProgress&) {
                if (left-- <= 0) stop.request_stop();
            };
            if (!sweep(control).interrupted()) break;
            study.reset();
            study = Study::open(folder.file(name));
        }
        EXPECT_GT(interruptions, 0);
        EXPECT_EQ(everything(*study), expected) << scheduler;
    }
}

TEST_F(CrossValidation, OtherFoldsAreOtherData) {
    begin();
    (void)sweep();
    SweepSettings four = settings;
    four.prepare.folds.count = 4;
    const auto said = [&](const SweepSettings& s, const Prepared& p) {
        try {
            (void)run_sweep(s, p, *engine, *study);
        } catch (const RuntimeFailure& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    EXPECT_THAT(said(settings, load(four)), HasSubstr("other data"));
    EXPECT_THAT(said(four, data), HasSubstr("prepare.folds.count"));
}

TEST_F(CrossValidation, ANetStaysInItsFold) {
    const auto population = study::populate(*engine, data, options());
    std::vector<Trial> trials;
    for (TrialId id = 0; id < 5; ++id) trials.push_back(make_trial(settings, id, 0, settings.space.at(std::vector{0.5, 0.5})));
    population->admit(std::span(trials).first(3));
    EXPECT_THROW(population->clone(0, 1), UsageError);
    const std::vector<Trial> half = {trials[3], trials[1]};
    EXPECT_THROW(population->admit(half), UsageError) << "1 is in";
    population->admit(std::span(trials).subspan(3)); // so 3 was not taken in
    population->clone(0, 3);
    const std::vector<TrialId> order = {4, 0, 2};
    const auto results = population->train(1, order);
    for (size_t i = 0; i < order.size(); ++i) EXPECT_EQ(results.at(i).id, order[i]);
    EXPECT_EQ(population->statistics().at(0).trials, 3);
}

TEST_F(CrossValidation, SettingsAreReadBack) {
    EXPECT_EQ(settings_from_json(to_json(settings)).prepare.folds, settings.prepare.folds);
    EXPECT_EQ(settings.nets_for_each(), folds);
    settings.prepare.folds.valid = 1;
    EXPECT_EQ(settings_from_json(to_json(settings)).prepare.folds, settings.prepare.folds);
    EXPECT_EQ(settings.nets_for_each(), 1) << "an ordinary sweep";
    settings.prepare.folds = {};
    EXPECT_THAT(to_json(settings), Not(HasSubstr("folds")));
}

TEST_F(CrossValidation, WhatDoesNotGoTogetherIsRefused) {
    const auto said = [&](const auto& change) {
        SweepSettings s = settings;
        change(s);
        try {
            study::check_seeds(s);
        } catch (const UsageError& error) {
            return std::string(error.what());
        }
        return std::string("fine");
    };
    EXPECT_EQ(said([](SweepSettings&) {}), "fine");
    EXPECT_EQ(said([](SweepSettings& s) { s.space.vary("seed", parse_distribution("int(0,9)")); }), "fine") << "folds differ all the same";
    EXPECT_THAT(said([](SweepSettings& s) { s.repeats = 2; }), HasSubstr("repeats: with cv"));
    EXPECT_THAT(said([](SweepSettings& s) { s.confirm.settings = 1; }), HasSubstr("confirm: with cv"));
    EXPECT_THAT(said([](SweepSettings& s) { s.scheduler.name = "pbt"; }), HasSubstr("trained on the rows to validate on"));
    EXPECT_THAT(said([](SweepSettings& s) { s.sampler.trials = 2; }), HasSubstr("3 folds do not fit into 2 trials"));
}

} // namespace
} // namespace caviar::testing_study
