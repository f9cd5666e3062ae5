// When and where trials trained, as a study keeps it.

#include "fake_engine.h"

#include "caviar/error.h"
#include "host/study/sqlite.h"

#include <gmock/gmock.h>

namespace caviar::testing_study {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double noon = 1.8e9; // of some day

class Times : public ::testing::Test {
protected:
    Times() : study_(Study::create(folder_.file("s"), some_header(settings_))) { study_->add({0, "", ""}, some_trials(settings_, 0, 4, 0, random_)); }

    void record(TrialId id, double began, double ended) {
        TrialResult result{id, TrialState::complete, 0, {{1, 1, 0.5f}}, 0.25};
        if (began > 0) result.worked_on(began, ended);
        const Weights* const none = nullptr;
        study_->record(std::span(&result, 1), std::span(&none, 1));
    }
    std::vector<TrialRow> rows(const std::string& sort = "id") const {
        TrialQuery query;
        query.sort = sort;
        return Study::read(folder_.file("s"))->trials(query);
    }
    /// As another program leaves it.
    void run_sql(const std::string& sql) {
        study_.reset();
        study::Database(folder_.file("s"), study::Database::Mode::write).run(sql);
        study_ = Study::open(folder_.file("s"));
    }

    Folder folder_;
    SweepSettings settings_ = some_settings();
    std::mt19937_64 random_{1};
    std::unique_ptr<Study> study_;
};

TEST_F(Times, AreOfTheRunThatRecordedATrial) {
    study_->begin_run({"cpu", "a machine, 2 threads", "plain", 2});
    record(1, noon, noon + 1.5);
    study_.reset();
    study_ = Study::open(folder_.file("s"));
    study_->begin_run({"cuda", "a GPU", "sm_90", 1});
    study_->begin_run({"cuda", "another", "sm_90", 1}); // the one before recorded nothing
    record(0, noon + 90'000, noon + 90'000.125);
    record(3, 0, 0); // by an engine that does not tell
    for (const char* sort : {"id", "score", "learning_rate"})
        for (const TrialRow& row : rows(sort)) {
            const TrialResult& r = row.result;
            switch (row.trial.id) {
            case 0: EXPECT_EQ(std::tuple(r.began, r.ended, row.run, row.device), std::tuple(noon + 90'000, noon + 90'000.125, 2, "another")) << sort; break;
            case 1: EXPECT_EQ(std::tuple(r.began, r.ended, row.run, row.device), std::tuple(noon, noon + 1.5, 0, "a machine, 2 threads")) << sort; break;
            default: EXPECT_EQ(std::tuple(r.dated(), row.run, row.device), std::tuple(false, -1, "")) << sort;
            }
        }
    std::vector<std::string> devices;
    for (const auto& run : study_->runs()) devices.push_back(run.engine + " " + run.device + " " + std::to_string(run.threads));
    EXPECT_THAT(devices, ElementsAre("cpu a machine, 2 threads 2", "cuda a GPU 1", "cuda another 1"));
    EXPECT_THROW(Study::read(folder_.file("s"))->begin_run({}), UsageError);
}

TEST_F(Times, ATrialIsDatedAlsoWhereNobodySaidOnWhat) {
    record(0, noon, noon + 1);
    EXPECT_TRUE(rows()[0].result.dated());
    EXPECT_EQ(rows()[0].run, -1);
    EXPECT_EQ(rows()[0].device, "");
    EXPECT_TRUE(study_->runs().empty());
}

TEST_F(Times, AClockThatWasSetBackDoesNoHarm) {
    study_->begin_run({});
    record(0, noon, noon - 3600);
    EXPECT_EQ(rows()[0].result.ended, noon);
}

// Studies of today: neither table is there. And an older caviar that went on with this one.
TEST_F(Times, AreNotKnownOfOlderStudies) {
    study_->begin_run({"cpu", "x", "plain", 1});
    record(0, noon, noon + 1);
    run_sql("DROP TABLE times; DROP TABLE runs");
    EXPECT_FALSE(rows()[0].result.dated());
    EXPECT_TRUE(Study::read(folder_.file("s"))->runs().empty());
    study_->reopen(0);
    study_->begin_run({"cpu", "y", "plain", 1});
    record(0, noon, noon + 2);
    EXPECT_EQ(rows()[0].device, "y");
    run_sql("DELETE FROM results WHERE id = 0; DELETE FROM curves WHERE id = 0"); // its way of reopening
    EXPECT_FALSE(rows()[0].result.dated()) << "it waits";
    study_->begin_run({"cpu", "z", "plain", 1});
    record(0, noon, noon + 3);
    EXPECT_EQ(rows()[0].device, "z");
}

TEST_F(Times, GoWithTheResult) {
    study_->begin_run({"cpu", "x", "plain", 1});
    EXPECT_THROW(study_->together([&] {
        record(0, noon, noon + 1);
        record(0, noon, noon + 1); // refused
    }),
                 UsageError);
    EXPECT_FALSE(rows()[0].result.dated());
    record(0, noon, noon + 1);
    study_->reopen(0);
    record(0, 0, 0);
    EXPECT_FALSE(rows()[0].result.dated()) << "what is recorded now has no date";
}

TEST_F(Times, DamageIsSaid) {
    study_->begin_run({"cpu", "x", "plain", 1});
    record(0, noon, noon + 1);
    for (const char* damage : {"UPDATE times SET run = 7", "UPDATE times SET run = -2", "UPDATE times SET run = 0, ended = 5", "UPDATE times SET began = -1"}) {
        run_sql(damage);
        EXPECT_THAT(message<RuntimeFailure>([&] { (void)rows(); }), HasSubstr("trial 0 trained at an impossible time")) << damage;
    }
    run_sql("UPDATE times SET began = 1, ended = 2, run = NULL; DELETE FROM runs; INSERT INTO runs VALUES(3, 'cpu', 'x', 1)");
    EXPECT_THAT(message<RuntimeFailure>([&] { (void)rows(); }), HasSubstr("a run is missing"));
}

/// Interrupted after a third and resumed: each trial is of the run that trained it, whatever trains: rungs, nets that are taken over, folds.
class SweepTimes : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Ways, SweepTimes, ::testing::Values("none", "successive-halving", "pbt", "folds"), [](const auto& i) { return i.param.substr(0, 10) == "successive" ? "halving" : i.param; });

TEST_P(SweepTimes, EveryTrialIsDatedByItsOwnRun) {
    SweepSettings settings = sweep_settings("random", 60);
    Prepared data = small_data();
    if (GetParam() == "folds") {
        settings.prepare.folds = {3, {}};
        for (const char* fold : {"a", "b", "c"}) data.folds.push_back(small_data(fold));
    } else settings.scheduler.name = GetParam();
    if (GetParam() == "pbt") settings.space.fix("units", Value{int64_t{8}}); // nets of one shape can be taken over
    settings.defaults.epochs = 9;
    FakeEngine engine;
    engine.behaviour.pause = std::chrono::microseconds(100);
    Folder folder;
    const double before = wall_clock();
    int runs = 0;
    for (bool interrupted = true; interrupted; ++runs) {
        ASSERT_LT(runs, 200);
        const auto study = runs == 0 ? Study::create(folder.file("s"), make_header(settings, data, engine)) : Study::open(folder.file("s"));
        std::stop_source stop;
        SweepControl control;
        control.stop = stop.get_token();
        control.save_every = 0;
        const int64_t until = engine.behaviour.trained + 20;
        control.on_progress = [&](const SweepProgress&) {
            if (runs == 0 && engine.behaviour.trained >= until) stop.request_stop();
        };
        control.report_every = 0;
        interrupted = run_sweep(settings, data, engine, *study, control).interrupted();
    }
    const double after = wall_clock();
    const auto study = Study::read(folder.file("s"));
    EXPECT_EQ(std::ssize(study->runs()), runs);
    std::vector<int64_t> trials(static_cast<size_t>(runs));
    std::vector<double> began(static_cast<size_t>(runs), after), ended(static_cast<size_t>(runs), before);
    for (const TrialRow& row : study->trials({})) {
        ASSERT_TRUE(row.result.dated()) << row.trial.id;
        ASSERT_GE(row.run, 0);
        EXPECT_EQ(row.device, "none") << "what the fake engine says";
        const auto run = static_cast<size_t>(row.run);
        ++trials[run];
        began[run] = std::min(began[run], row.result.began);
        ended[run] = std::max(ended[run], row.result.ended);
        EXPECT_GE(row.result.began, before);
        EXPECT_LE(row.result.ended, after);
    }
    for (size_t run = 1; run < began.size(); ++run) EXPECT_LE(ended[run - 1], began[run]) << "runs follow each other";
    if (GetParam() != "none") return; // others may have to train anew what was under way
    ASSERT_EQ(runs, 2);
    EXPECT_GE(trials[0], 20);
    EXPECT_GE(trials[1], 1);
}

} // namespace
} // namespace caviar::testing_study
