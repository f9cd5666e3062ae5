// The loop with schedulers over a fake engine: what is trained, recorded and verified, also after interruptions.

#include "fake_engine.h"

#include "caviar/error.h"

#include <gmock/gmock.h>

#include <set>

namespace caviar::testing_study {
namespace {

SweepSettings with(const std::string& scheduler, const std::string& sampler, int64_t trials) {
    SweepSettings s = sweep_settings(sampler, trials);
    s.defaults.epochs = 20;
    s.scheduler.name = scheduler;
    if (scheduler == "asha") s.scheduler.workers = 8;
    if (scheduler == "pbt") s.space.fix("units", Value{int64_t{8}}); // nets of one shape can be taken over
    return s;
}

struct SchedulerBench : Bench {
    explicit SchedulerBench(const std::string& scheduler, const std::string& sampler = "random", int64_t trials = 60)
        : Bench(with(scheduler, sampler, trials)) {}

    std::vector<TrialId> not_reproduced() {
        std::vector<TrialId> ids(static_cast<size_t>(study->size()));
        for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<TrialId>(i);
        return verify(settings, data, engine, *study, ids);
    }
    std::string all_events() const {
        std::string text;
        for (TrialId id = 0; id < study->size(); ++id)
            for (const Event& e : study->events(id)) {
                text += std::to_string(id) + "@" + std::to_string(e.epoch) + " from " + std::to_string(e.copied_from.value_or(-1));
                for (const auto& [name, value] : e.changes) text += " " + name + "=" + to_string(value);
                text += "\n";
            }
        return text;
    }
};

class EveryScheduler : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
protected:
    SchedulerBench bench() { return SchedulerBench(std::get<0>(GetParam()), std::get<1>(GetParam())); }
};
INSTANTIATE_TEST_SUITE_P(Sweep, EveryScheduler,
                         ::testing::Combine(::testing::Values("median", "successive-halving", "hyperband", "asha", "pbt"),
                                            ::testing::Values("random", "coarse-to-fine")),
                         [](const auto& given) {
                             std::string name = std::get<0>(given.param) + "_" + std::get<1>(given.param);
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST_P(EveryScheduler, EveryTrialEndsAndReproduces) {
    SchedulerBench run = bench();
    const SweepOutcome outcome = run.sweep();
    EXPECT_EQ(outcome.end, SweepOutcome::End::all);
    const StudyCounts counts = run.study->counts();
    EXPECT_EQ(counts.waiting, 0);
    EXPECT_EQ(counts.trials, 60);
    ASSERT_TRUE(outcome.best);
    EXPECT_EQ(outcome.best->result.state, TrialState::complete);
    EXPECT_TRUE(run.study->weights(outcome.best->trial.id));
    if (std::get<0>(GetParam()) == "pbt") {
        EXPECT_EQ(counts.stopped, 0);
        EXPECT_NE(run.all_events(), "");
    } else {
        EXPECT_GT(counts.stopped, 0);
        EXPECT_LT(counts.epochs, 60 * 20);
        EXPECT_EQ(run.all_events(), "");
    }
    EXPECT_EQ(run.not_reproduced(), std::vector<TrialId>{});
    run.engine.behaviour.salt = 1;
    EXPECT_EQ(run.not_reproduced().size(), 60u) << "the check sees another engine's bits";
}

TEST_P(EveryScheduler, InterruptedAnywhereItEndsTheSame) {
    SchedulerBench whole = bench();
    (void)whole.sweep();
    const std::string expected = everything(*whole.study) + whole.all_events();
    std::mt19937_64 random(4);
    for (int repeat = 0; repeat < 3; ++repeat) {
        SchedulerBench run = bench();
        int interruptions = 0;
        for (;; ++interruptions) {
            ASSERT_LT(interruptions, 500);
            std::stop_source stop;
            // Later and later, as what a cohort has not recorded begins anew.
            int64_t left = static_cast<int64_t>(random() % 3) + interruptions;
            SweepControl control;
            control.report_every = 0;
            control.save_every = 0;
            control.stop = stop.get_token();
            control.on_progress = [&](const SweepProgress&) {
                if (left-- <= 0) stop.request_stop();
            };
            if (!run.sweep(control).interrupted()) break;
            run.open_again();
        }
        EXPECT_GT(interruptions, 0);
        EXPECT_EQ(everything(*run.study) + run.all_events(), expected);
    }
}

TEST(Scheduler, OldStudiesHaveNoneAndOthersAreRefused) {
    SchedulerBench plain("none");
    EXPECT_EQ(plain.study->header().settings.find("scheduler"), std::string::npos) << "older programs read it";
    EXPECT_EQ(settings_from_json(plain.study->header().settings).scheduler, SchedulerOptions{});
    SweepSettings other = plain.settings;
    other.scheduler.name = "hyperband";
    EXPECT_THAT(message<RuntimeFailure>([&] { run_sweep(other, plain.data, plain.engine, *plain.study); }), ::testing::HasSubstr("scheduler"));
    EXPECT_EQ(settings_from_json(to_json(other)).scheduler, other.scheduler);
}

TEST(Events, AreKeptReplacedAndRefusedForNoTrial) {
    SchedulerBench run("none");
    EXPECT_TRUE(run.study->events(0).empty());
    (void)run.sweep();
    const Event first{3, 5, 2, {{"learning_rate", 0.25}, {"optimizer", std::string("sgd")}, {"batch_size", int64_t{8}}}};
    const Event second{3, 2, {}, {{"momentum", 0.5}}};
    run.study->record_events(std::vector{first, second});
    run.open_again();
    EXPECT_EQ(run.study->events(3), (std::vector{second, first}));
    EXPECT_TRUE(run.study->events(2).empty());
    const Event instead{3, 5, {}, {}};
    run.study->record_events(std::vector{instead});
    EXPECT_EQ(run.study->events(3), (std::vector{second, instead}));
    EXPECT_THROW(run.study->record_events(std::vector{Event{60, 1, {}, {}}}), UsageError);
    EXPECT_THROW(Study::read(run.folder.file("s"))->record_events(std::vector{instead}), UsageError);
}

TEST(Limits, TimeEndsASweepAndTheNextGoesOn) {
    SchedulerBench whole("none"), run("none");
    (void)whole.sweep();
    run.engine.behaviour.pause = std::chrono::milliseconds(2);
    SweepControl control;
    control.most_seconds = 0.02; // ten trials or fewer
    const SweepOutcome cut = run.sweep(control);
    EXPECT_EQ(cut.end, SweepOutcome::End::time);
    EXPECT_LT(cut.trials, 60);
    EXPECT_EQ(cut.test.has_value(), cut.best.has_value()) << "the best so far is measured";
    EXPECT_EQ(run.sweep().end, SweepOutcome::End::all);
    EXPECT_EQ(everything(*run.study), everything(*whole.study));
}

TEST(Limits, TheTargetEndsASweepOnceItIsReached) {
    SchedulerBench run("none");
    SweepControl control;
    control.target = 0.5; // accuracy: most fake trials reach it
    control.save_every = 0;
    const SweepOutcome first = run.sweep(control);
    EXPECT_EQ(first.end, SweepOutcome::End::target);
    EXPECT_LT(first.trials, 60);
    ASSERT_TRUE(first.best && first.test);
    EXPECT_GE(first.best->metric, 0.5);
    const int64_t trained = run.engine.behaviour.trained;
    EXPECT_EQ(run.sweep(control).end, SweepOutcome::End::target);
    EXPECT_EQ(run.engine.behaviour.trained, trained) << "it was reached before";
    EXPECT_EQ(run.sweep().end, SweepOutcome::End::all);
    EXPECT_EQ(run.study->counts().finished(), 60);
}

} // namespace
} // namespace caviar::testing_study
