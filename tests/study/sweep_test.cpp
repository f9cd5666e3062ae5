// The loop over a fake engine: what is asked, trained, recorded and told, and when it refuses to go on.

#include "fake_engine.h"

#include "caviar/error.h"

#include <gmock/gmock.h>

#include <set>

namespace caviar::testing_study {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string refused(Bench& run) {
    return message<RuntimeFailure>([&] { (void)run.sweep(); });
}

class EverySampler : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Sweep, EverySampler, ::testing::Values("random", "sobol", "grid", "coordinate", "coarse-to-fine", "tpe", "gp"));

TEST_P(EverySampler, SpendsTheBudgetAndReports) {
    Bench run(GetParam());
    const SweepOutcome outcome = run.sweep();
    EXPECT_FALSE(outcome.interrupted());
    EXPECT_EQ(outcome.trials, 60);
    EXPECT_EQ(run.study->size(), 60);
    EXPECT_EQ(run.engine.behaviour.trained, 60);
    EXPECT_GT(outcome.diverged, 0);
    EXPECT_EQ(outcome.epochs, 300);
    const StudyCounts counts = run.study->counts();
    EXPECT_EQ(counts.waiting, 0);
    EXPECT_EQ(counts.diverged, outcome.diverged);
    ASSERT_TRUE(outcome.best);
    EXPECT_EQ(outcome.best->trial.id, run.study->best()->trial.id);

    int kept = 0;
    for (TrialId id = 0; id < 60; ++id) kept += run.study->weights(id).has_value();
    EXPECT_EQ(kept, 4);

    // the report, by hand from the winner's weights
    ASSERT_TRUE(outcome.test);
    const Dataset& d = run.data.dataset;
    const auto outputs = run.engine.forward(*run.study->weights(outcome.best->trial.id), Activation::relu, d.features[0].test);
    EXPECT_EQ(outcome.test->trial, outcome.best->trial.id);
    EXPECT_EQ(outcome.test->test, evaluate(Metric::accuracy, *run.settings.loss, outputs, 2, d.test_targets, 1));
    EXPECT_EQ(outcome.test->valid, outcome.best->metric);
    EXPECT_EQ(outcome.test->test_baseline, trivial_baseline(Metric::accuracy, d.train_targets, d.test_targets, 2, 1));
    EXPECT_EQ(outcome.test->valid_baseline, trivial_baseline(Metric::accuracy, d.train_targets, d.valid_targets, 2, 1));
    EXPECT_EQ(outcome.test->others.size(), 3u); // log loss, auc, f1
    EXPECT_EQ(test_report_from_json(*run.study->note("test")), *outcome.test);
}

TEST_P(EverySampler, AFinishedStudyIsNotTrainedAgain) {
    Bench run(GetParam());
    const SweepOutcome first = run.sweep();
    const std::string before = everything(*run.study);
    const int forwards = run.engine.forwards;
    run.engine.set = "avx512"; // another build may look at what is finished
    const SweepOutcome again = run.sweep();
    EXPECT_EQ(run.engine.behaviour.trained, 60);
    EXPECT_EQ(run.engine.forwards, forwards) << "the test part is looked at once";
    EXPECT_EQ(everything(*run.study), before);
    EXPECT_EQ(again.trials, first.trials);
    EXPECT_EQ(again.diverged, first.diverged);
    EXPECT_EQ(again.epochs, first.epochs);
    EXPECT_EQ(again.test, first.test);
    EXPECT_EQ(again.warnings, first.warnings);
    EXPECT_EQ(again.best->trial.id, first.best->trial.id);
}

TEST_P(EverySampler, InterruptedAnywhereItEndsTheSame) {
    Bench whole(GetParam());
    (void)whole.sweep();
    const std::string expected = everything(*whole.study);

    std::mt19937_64 random(8);
    for (int repeat = 0; repeat < 4; ++repeat) {
        Bench run(GetParam());
        int interruptions = 0;
        for (;; ++interruptions) {
            ASSERT_LT(interruptions, 200);
            std::stop_source stop;
            int64_t left = static_cast<int64_t>(random() % 25);
            if (left == 0) stop.request_stop();
            SweepControl control;
            control.report_every = 0;
            control.stop = stop.get_token();
            control.save_every = random() % 2 ? 0 : 1;
            const int64_t until = run.engine.behaviour.trained + left;
            control.on_progress = [&](const SweepProgress&) {
                if (run.engine.behaviour.trained >= until) stop.request_stop();
            };
            const int64_t before = run.study->counts().finished();
            const SweepOutcome outcome = run.sweep(control);
            EXPECT_GE(outcome.trials, before);
            if (!outcome.interrupted()) break;
            EXPECT_FALSE(outcome.test);
            run.study.reset();
            run.study = Study::open(run.path);
        }
        EXPECT_GT(interruptions, 0);
        EXPECT_EQ(run.engine.behaviour.trained, 60) << "nothing that was finished is trained twice";
        EXPECT_EQ(everything(*run.study), expected);
    }
}

TEST(Sweep, AnEngineErrorKeepsWhatWasFinished) {
    Bench run;
    run.engine.behaviour.fail_after = 23;
    EXPECT_THROW((void)run.sweep(), std::runtime_error);
    EXPECT_EQ(run.study->counts().finished(), 23);
    run.engine.behaviour.fail_after = -1;
    (void)run.sweep();
    EXPECT_EQ(run.engine.behaviour.trained, 60);
    Bench whole;
    (void)whole.sweep();
    EXPECT_EQ(everything(*run.study), everything(*whole.study));
}

TEST(Sweep, NoMoreMemoryIsNamedAndGoneOnWith) {
    Bench run;
    run.engine.behaviour.full_after = 23;
    EXPECT_THAT(message<DeviceError>([&] { (void)run.sweep(); }), HasSubstr(run.path));
    EXPECT_EQ(run.study->counts().finished(), 23);
    run.engine.behaviour.full_after = -1;
    (void)run.sweep();
    Bench whole;
    (void)whole.sweep();
    EXPECT_EQ(everything(*run.study), everything(*whole.study));
}

TEST(Sweep, ANetTooBigForTheMemoryIsNotBegun) {
    Bench run;
    run.data.dataset.features[0].train.columns = 1 << 30; // 4 GB a unit, which nobody looks at
    const std::string said = message<DeviceError>([&] { (void)run.sweep(); });
    EXPECT_THAT(said, HasSubstr("trial 0: its network 1073741824-"));
    EXPECT_THAT(said, HasSubstr("units and layers"));
    EXPECT_EQ(run.study->size(), 0);
    EXPECT_EQ(run.engine.behaviour.trained, 0);
}

TEST(Sweep, AnErrorInACallbackComesOutAndStopsTheEngine) {
    Bench run("random", 500);
    SweepControl control;
    control.report_every = 0;
    control.on_progress = [&](const SweepProgress& p) {
        if (p.trials_done > 40) throw std::runtime_error("the terminal is gone");
    };
    EXPECT_THAT(message<std::runtime_error>([&] { (void)run.sweep(control); }), HasSubstr("the terminal is gone"));
    EXPECT_LT(run.engine.behaviour.trained, 100);
}

TEST(Sweep, OtherData) {
    Bench run;
    run.data.dataset.fingerprint = "bbbb";
    const std::string said = refused(run);
    EXPECT_THAT(said, HasSubstr(run.path));
    EXPECT_THAT(said, HasSubstr("aaaa"));
    EXPECT_THAT(said, HasSubstr("bbbb"));
    EXPECT_EQ(run.study->size(), 0);
}

TEST(Sweep, OtherBuild) {
    Bench run;
    run.engine.set = "avx2";
    const std::string said = refused(run);
    EXPECT_THAT(said, HasSubstr("fake plain"));
    EXPECT_THAT(said, HasSubstr("fake avx2"));
    EXPECT_THAT(said, HasSubstr("--engine fake --isa plain")) << "the program is the same";
    EXPECT_EQ(run.study->size(), 0);
    // The same data may come out otherwise under another build: then the message about them says so.
    EXPECT_THAT(said, Not(HasSubstr("last bit")));
    run.data.dataset.fingerprint = "bbbb";
    EXPECT_THAT(refused(run), HasSubstr("last bit"));
}

TEST(Sweep, OtherSourcesAreAnotherBuild) {
    Bench run;
    StudyHeader header = make_header(run.settings, run.data, run.engine);
    const std::string mark = "(sources ";
    const size_t at = header.build.find(mark);
    ASSERT_NE(at, std::string::npos) << header.build;
    char& digit = header.build[at + mark.size()];
    EXPECT_TRUE(std::isxdigit(static_cast<unsigned char>(digit)));
    digit = digit == '0' ? '1' : '0';
    run.study.reset();
    std::filesystem::remove(run.path);
    run.study = Study::create(run.path, header);
    EXPECT_THAT(refused(run), HasSubstr("go on with that build"));
}

TEST(Sweep, OtherSettings) {
    Bench run;
    run.settings.defaults.epochs = 6;
    EXPECT_THAT(refused(run), HasSubstr("defaults.epochs"));
    run.settings.defaults.epochs = 5;
    run.settings.data = "moved/table.csv"; // the fingerprint speaks for the data
    EXPECT_FALSE(run.sweep().interrupted());
}

TEST(Sweep, AStudyThatTheSamplerDoesNotAskForAgain) {
    Bench run;
    std::mt19937_64 random(99);
    run.study->add({0, "{}", ""}, some_trials(run.settings, 0, 10, 0, random));
    EXPECT_THAT(refused(run), HasSubstr("does not ask for round 0 again"));
}

TEST(Sweep, ALargerBudgetGoesOnUnderRandom) {
    Bench run("random", 40);
    (void)run.sweep();
    run.settings.sampler.trials = 100;
    const SweepOutcome more = run.sweep();
    EXPECT_EQ(more.trials, 100);
    EXPECT_EQ(run.engine.behaviour.trained, 100);
    run.settings.sampler.trials = 40; // the first command again: the budget stays raised, all is done
    EXPECT_EQ(run.sweep().trials, 100);
    EXPECT_EQ(run.engine.behaviour.trained, 100);

    // the same trials as a study that had 100 from the start
    Bench whole("random", 100);
    (void)whole.sweep();
    TrialQuery query;
    query.curves = true;
    const auto a = run.study->trials(query), b = whole.study->trials(query);
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i].trial.id, b[i].trial.id);
        EXPECT_EQ(a[i].trial.hyperparameters, b[i].trial.hyperparameters);
        EXPECT_EQ(hex(a[i].result.curve), hex(b[i].result.curve));
    }
    EXPECT_EQ(run.study->note("test"), whole.study->note("test"));
}

TEST(Sweep, ARaisedBudgetSurvivesAnInterruption) {
    Bench run("random", 20);
    (void)run.sweep();
    run.settings.sampler.trials = 200;
    std::stop_source stop;
    SweepControl control;
    control.report_every = 0;
    control.stop = stop.get_token();
    control.on_progress = [&](const SweepProgress& p) {
        EXPECT_EQ(p.trials_in_all, 200);
        if (p.trials_done >= 60) stop.request_stop();
    };
    EXPECT_TRUE(run.sweep(control).interrupted());
    run.settings = settings_from_json(run.study->header().settings); // what `resume` knows
    EXPECT_EQ(run.sweep().trials, 200);
}

class PlansRounds : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Sweep, PlansRounds, ::testing::Values("coarse-to-fine", "tpe", "gp"));

TEST_P(PlansRounds, AndSoKeepsItsBudget) {
    Bench run(GetParam(), 60);
    (void)run.sweep();
    run.settings.sampler.trials = 120;
    EXPECT_THAT(refused(run), HasSubstr("planned for 60 trials, not 120"));
}

TEST(Sweep, AGridsLimitMayBeLifted) {
    SweepSettings s = sweep_settings("grid", 3);
    s.space = SearchSpace();
    s.space.vary("batch_size", parse_distribution("pow2(8,256)")); // 6 points
    Bench run;
    run.study.reset();
    std::filesystem::remove(run.path);
    run.settings = s;
    run.study = Study::create(run.path, make_header(s, run.data, run.engine));
    EXPECT_EQ(run.sweep().trials, 3);
    run.settings.sampler.trials = 0;
    EXPECT_EQ(run.sweep().trials, 6);
    run.settings = s; // the first command again
    EXPECT_EQ(run.sweep().trials, 6);
    EXPECT_EQ(run.engine.behaviour.trained, 6);
}

TEST(Sweep, ASmallGridEndsBeforeTheBudget) {
    SweepSettings s = sweep_settings("grid", 1000);
    s.space = SearchSpace();
    s.space.vary("optimizer", parse_distribution("choice(sgd,adam)"));
    s.space.vary("batch_size", parse_distribution("pow2(8,64)"));
    Bench run;
    run.study.reset();
    std::filesystem::remove(run.path);
    run.settings = s;
    run.study = Study::create(run.path, make_header(s, run.data, run.engine));
    EXPECT_EQ(run.sweep().trials, 8);
    EXPECT_EQ(run.sweep().trials, 8);
    EXPECT_EQ(run.engine.behaviour.trained, 8);
}

TEST(Sweep, ProgressGrowsAndNamesRoundsAndTheBest) {
    Bench run("coarse-to-fine", 120);
    int64_t last = 0;
    std::set<int32_t> announced;
    std::optional<TrialRow> best;
    SweepControl control;
    control.report_every = 0;
    control.on_progress = [&](const SweepProgress& p) {
        EXPECT_GE(p.trials_done, last);
        EXPECT_LE(p.trials_done, p.trials_in_all);
        EXPECT_EQ(p.trials_in_all, 120);
        last = p.trials_done;
        if (!p.message.empty()) announced.insert(p.round);
        if (best) {
            ASSERT_TRUE(p.best);
            EXPECT_LE(std::pair(p.best->score, p.best->trial.id), std::pair(best->score, best->trial.id));
        }
        best = p.best;
    };
    const SweepOutcome outcome = run.sweep(control);
    EXPECT_EQ(last, 120);
    EXPECT_GT(run.study->rounds().size(), 1u);
    EXPECT_EQ(announced.size(), run.study->rounds().size());
    EXPECT_EQ(best->trial.id, outcome.best->trial.id);
    EXPECT_EQ(best->metric, outcome.best->metric);
}

TEST(Sweep, AdmitsABoundedNumberAtOnce) {
    Bench run("random", 5000);
    (void)run.sweep();
    EXPECT_EQ(run.study->counts().finished(), 5000);
    EXPECT_LE(run.engine.behaviour.most_admitted, 4096u);
}

TEST(Sweep, WideNetsAreAdmittedInSmallerChunks) {
    SweepSettings s = sweep_settings("random", 40);
    s.defaults.hidden = {3000, 3000}; // 9 million weights each
    s.space = SearchSpace();
    s.space.vary("learning_rate", parse_distribution("log(1e-4,1)"));
    Bench run;
    run.study.reset();
    std::filesystem::remove(run.path);
    run.settings = s;
    run.study = Study::create(run.path, make_header(s, run.data, run.engine));
    (void)run.sweep();
    EXPECT_LE(run.engine.behaviour.most_admitted, 3u);
    EXPECT_EQ(run.study->counts().finished(), 40);
}

TEST(Verify, FindsWhatDiffers) {
    Bench run;
    (void)run.sweep();
    std::vector<TrialId> all;
    for (TrialId id = 0; id < 60; ++id) all.push_back(id);
    EXPECT_TRUE(verify(run.settings, run.data, run.engine, *run.study, all).empty());
    FakeEngine other;
    other.behaviour.salt = 1;
    EXPECT_EQ(verify(run.settings, run.data, other, *run.study, all), all);
    other.set = "avx2";
    EXPECT_THAT(message<RuntimeFailure>([&] { (void)verify(run.settings, run.data, other, *run.study, all); }), HasSubstr("bits would differ"));
    const std::vector<TrialId> none = {60};
    EXPECT_THAT(message<UsageError>([&] { (void)verify(run.settings, run.data, run.engine, *run.study, none); }), HasSubstr("trials 0 to 59"));
}

TEST(Sweep, NothingConverged) {
    Bench run("random", 3);
    struct Diverging final : Engine {
        struct P final : Population {
            std::vector<TrialResult> done;
            void admit(std::span<const Trial>) override {}
            std::vector<TrialResult> train(int32_t, std::span<const TrialId> ids, const TrainControl& c) override {
                for (const TrialId id : ids) {
                    done.push_back({id, TrialState::diverged, -1, {}, 0});
                    c.on_finished(done.back());
                }
                return done;
            }
            void retire(std::span<const TrialId>) override {}
            void adjust(TrialId, const Hyperparameters&) override {}
            void clone(TrialId, TrialId) override {}
            std::vector<std::byte> checkpoint(TrialId) const override { return {}; }
            void restore(TrialId, std::span<const std::byte>) override {}
            Weights weights(TrialId) const override { return {}; }
            TrialResult result(TrialId) const override { return {}; }
        };
        Capabilities capabilities() const override { return {"fake", "", "plain", 1}; }
        std::unique_ptr<Population> populate(const Dataset&, const PopulationOptions&) override { return std::make_unique<P>(); }
        std::vector<float> forward(const Weights&, Activation, const Matrix&) override { return {}; }
    } diverging;
    const SweepOutcome outcome = run_sweep(run.settings, run.data, diverging, *run.study);
    EXPECT_FALSE(outcome.interrupted());
    EXPECT_EQ(outcome.diverged, 3);
    EXPECT_FALSE(outcome.best);
    EXPECT_FALSE(outcome.test);
}

} // namespace
} // namespace caviar::testing_study
