// A babysat model: the same script, however it was played, gives the same bits.

#include "host/panda/driver.h"
#include "host/report/branch_tree.h"
#include "tests/study/fake_engine.h"

#include "caviar/error.h"

#include <gmock/gmock.h>

#include <csignal>
#include <sstream>

namespace caviar::panda {
namespace {

using namespace testing_study;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* long_script = R"(
run 6
set learning_rate 0.05     # takes effect with epoch 7
run 4
rewind 3
set optimizer adam weight_decay 0.001
run 5
branch
set schedule cosine epochs 20 batch_size 4
run 7
switch 0
set dropout 0.2
run 3
rewind to 2
run 1
)";

class Panda : public ::testing::Test {
protected:
    Hyperparameters first() const {
        Hyperparameters h;
        h.optimizer = Optimizer::momentum;
        h.learning_rate = 0.1f;
        h.hidden = {6};
        h.batch_size = 8;
        h.epochs = 12;
        h.seed = 5;
        return h;
    }
    SweepSettings settings(const Hyperparameters& h) const {
        SweepSettings data;
        data.data = "small";
        data.loss = Loss::softmax_cross_entropy;
        return panda_settings(data, h, 3);
    }
    std::unique_ptr<Study> create(const std::string& name, const Hyperparameters& h) {
        return Session::create(folder_.file(name), settings(h), data_, *engine_, h.epochs);
    }
    std::unique_ptr<Study> create(const std::string& name) { return create(name, first()); }

    static void play_text(Session& session, const std::string& text) {
        Driver driver(session, {});
        std::istringstream script(text);
        play(driver, script, "script", {});
    }
    /// The message of a line that cannot be done.
    std::string refusal(Session& session, const std::string& line) {
        const auto script = session.note().script;
        const Hyperparameters before = session.settings();
        const std::string said = message<UsageError>([&] { play_text(session, line); });
        EXPECT_EQ(session.note().script, script) << "what cannot be done leaves no trace";
        EXPECT_EQ(session.settings(), before);
        return said;
    }
    /// All that a study holds and that must reproduce.
    static std::string story(const Study& study) {
        std::ostringstream text;
        text << everything(study);
        for (TrialId id = 0; id < study.size(); ++id)
            for (const Event& e : study.events(id)) {
                text << id << "@" << e.epoch << " from " << e.copied_from.value_or(-1);
                for (const auto& [name, value] : e.changes) text << " " << name << "=" << to_string(value);
                text << "\n";
            }
        text << report::branch_tree(study);
        return text.str();
    }
    std::string played(const std::string& name, const std::string& script) {
        const auto study = create(name);
        Session session(data_, *engine_, *study);
        play_text(session, script);
        return story(*study);
    }
    std::vector<TrialId> not_reproduced(const Study& study) {
        std::vector<TrialId> ids(static_cast<size_t>(study.size()));
        for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<TrialId>(i);
        return verify(settings_from_json(study.header().settings), data_, *engine_, study, ids);
    }
    std::vector<EpochLosses> curve(const Study& study, TrialId id) {
        TrialQuery query;
        query.ids = {id};
        query.curves = true;
        return study.trials(query).at(0).result.curve;
    }

    Folder folder_;
    Prepared data_ = small_data();
    std::unique_ptr<Engine> engine_ = make_engine({"cpu", 1, "", 0}).engine;
};

TEST_F(Panda, AScriptReplaysToTheSameBits) {
    const auto study = create("a");
    Session session(data_, *engine_, *study);
    play_text(session, long_script);
    EXPECT_EQ(study->size(), 4);
    EXPECT_EQ(story(*study), played("b", long_script));

    std::string history;
    for (const std::string& line : session.note().script) history += line + "\n";
    EXPECT_THAT(history, HasSubstr("run 6\nset learning_rate 0.05\nrun 4\nrewind to 7\n"));
    EXPECT_EQ(story(*study), played("c", history)) << "what was done, done again";
}

TEST_F(Panda, EveryBranchVerifies) {
    const auto study = create("a");
    Session session(data_, *engine_, *study);
    play_text(session, long_script);
    EXPECT_THAT(not_reproduced(*study), IsEmpty());
}

TEST_F(Panda, VerifyFindsAChangeThatWasNotMade) {
    const auto study = create("a");
    Session session(data_, *engine_, *study);
    play_text(session, long_script);
    const Event forged{1, 3, {}, {{"learning_rate", 0.01}}};
    study->record_events(std::span(&forged, 1));
    EXPECT_THAT(not_reproduced(*study), ElementsAre(1));
}

TEST_F(Panda, QuitAndComeBackAfterEveryLine) {
    const std::string whole = played("whole", long_script);
    const std::string path = folder_.file("pieces");
    create("pieces").reset();
    std::istringstream lines(long_script);
    for (std::string line; std::getline(lines, line);) {
        const auto study = Study::open(path);
        Session session(data_, *engine_, *study);
        play_text(session, line);
    }
    EXPECT_EQ(story(*Study::read(path)), whole);
}

TEST_F(Panda, ABranchBeganWhenItDidHoweverOftenItIsLeft) {
    create("a").reset();
    std::vector<TrialRow> rows;
    for (const char* script : {"run 3", "run 2\nbranch\nrun 1\nswitch 0\nrun 1"}) {
        const auto study = Study::open(folder_.file("a"));
        Session session(data_, *engine_, *study);
        play_text(session, script);
        session.save();
        TrialQuery query;
        query.sort = "id";
        query.top = 2;
        for (TrialRow& row : study->trials(query)) rows.push_back(std::move(row));
    }
    ASSERT_EQ(rows.size(), 3u); // the model; again, and its branch
    EXPECT_TRUE(rows[0].result.dated() && rows[2].result.dated());
    EXPECT_EQ(rows[1].result.began, rows[0].result.began);
    EXPECT_GT(rows[1].result.ended, rows[2].result.began);
    EXPECT_GT(rows[2].result.began, rows[0].result.ended);
    EXPECT_EQ((std::vector{rows[0].run, rows[1].run, rows[2].run}), (std::vector{0, 1, 1}));
}

TEST_F(Panda, ARewindWithoutAChangeTrainsToTheSameBits) {
    const auto study = create("a");
    Session session(data_, *engine_, *study);
    play_text(session, "run 3\nset learning_rate 0.01\nrun 9\nrewind 7\nrun 7");
    EXPECT_EQ(session.branch(), 1);
    EXPECT_EQ(hex(curve(*study, 0)), hex(curve(*study, 1)));
    EXPECT_EQ(hex(study->weights(0)->values), hex(study->weights(1)->values));
}

TEST_F(Panda, CheckpointsSaveTimeAndNothingElse) {
    const std::string whole = played("whole", long_script);
    const auto study = create("a");
    Session session(data_, *engine_, *study, 0); // a checkpoint at every epoch
    std::istringstream lines(long_script);
    for (std::string line; std::getline(lines, line);) {
        play_text(session, line);
        for (TrialId id = 0; id < study->size(); ++id)
            for (const int32_t epoch : study->checkpoints(id)) study->drop_checkpoint(id, epoch);
    }
    EXPECT_EQ(story(*study), whole);
}

TEST_F(Panda, RewindsPastItsOwnBeginningBranchFromTheOneThatLivedIt) {
    const auto study = create("a");
    Session session(data_, *engine_, *study);
    play_text(session, "run 10\nrewind 4\nset momentum 0.5\nrun 4\nrewind 7\nrun 2");
    const auto events = study->events(2);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].copied_from, 0);
    EXPECT_EQ(events[0].epoch, 3);
    EXPECT_EQ(session.settings().momentum, 0.9f) << "the settings of then";
    const std::string tree = report::branch_tree(*study);
    EXPECT_THAT(tree, AllOf(HasSubstr("+- branch 1  after 6; 10 epochs"), HasSubstr("after 6: momentum 0.5"),
                            HasSubstr("+- branch 2  after 3; 5 epochs")));
}

TEST_F(Panda, ChangesBetweenTheSameEpochsAreOne) {
    // A net whose optimizer was another for a moment, in which nothing trained, has its momentum still.
    EXPECT_EQ(
        played("a", "run 3\nset optimizer adam\nset learning_rate 0.7\nset optimizer momentum learning_rate 0.1\nrun 3").size(),
        played("b", "run 3\nset learning_rate 0.1\nrun 3").size());
    const auto a = Study::read(folder_.file("a")), b = Study::read(folder_.file("b"));
    EXPECT_EQ(hex(curve(*a, 0)), hex(curve(*b, 0)));
}

TEST_F(Panda, RefusesWhatMayNotChangeWithTheReason) {
    const auto study = create("a");
    Session session(data_, *engine_, *study);
    play_text(session, "run 2");
    EXPECT_THAT(refusal(session, "set units 12"), HasSubstr("fit a net of this shape"));
    EXPECT_THAT(refusal(session, "set layers 2"), HasSubstr("fit a net of this shape"));
    EXPECT_THAT(refusal(session, "set activation tanh"), HasSubstr("another activation"));
    EXPECT_THAT(refusal(session, "set scaling none"), HasSubstr("features"));
    EXPECT_THAT(refusal(session, "set seed 7"), HasSubstr("order of the rows"));
    EXPECT_THAT(refusal(session, "set init he_uniform"), HasSubstr("first weights"));
    EXPECT_THAT(refusal(session, "set learning_rte 0.1"), HasSubstr("did you mean \"learning_rate\""));
    EXPECT_THAT(refusal(session, "set learning_rate -1"), HasSubstr("above 0"));
    EXPECT_THAT(refusal(session, "set momentum 0.5 units 3"), HasSubstr("shape")) << "all or none";
    EXPECT_THAT(refusal(session, "rewind 3"), HasSubstr("only 2 epochs"));
    EXPECT_THAT(refusal(session, "rewind to 2"), HasSubstr("0 to 1"));
    EXPECT_THAT(refusal(session, "switch 1"), HasSubstr("no branch 1"));
    EXPECT_THAT(refusal(session, "switch 0"), HasSubstr("already"));
    EXPECT_THAT(refusal(session, "set epochs 2"), HasSubstr("trained already"));
    EXPECT_EQ(study->size(), 1);
}

TEST_F(Panda, SaysWhatHasNoEffect) {
    const auto study = create("a");
    Session session(data_, *engine_, *study);
    EXPECT_THAT(session.set({{"beta2", "0.9"}}), HasSubstr("beta2 has no effect"));
    EXPECT_EQ(session.set({{"momentum", "0.8"}}), "");
}

TEST_F(Panda, WithoutAnEndTheGoalIsAGoal) {
    const auto study = create("a");
    Session session(data_, *engine_, *study);
    play_text(session, "resume");
    EXPECT_EQ(session.epoch(), 12);
    EXPECT_THAT(refusal(session, "resume"), HasSubstr("12 epochs are trained"));
    play_text(session, "run 2\nset epochs 16\nresume");
    EXPECT_EQ(session.epoch(), 16);
    EXPECT_EQ(session.ended(), "");
}

TEST_F(Panda, AScheduleWithAnEndEndsAndCanBeStretched) {
    Hyperparameters h = first();
    h.schedule = Schedule::cosine;
    h.epochs = 5;
    const auto study = create("a", h);
    Session session(data_, *engine_, *study);
    play_text(session, "run 9");
    EXPECT_EQ(session.epoch(), 5);
    EXPECT_EQ(session.result().state, TrialState::complete);
    EXPECT_THAT(refusal(session, "run 1"), HasSubstr("set epochs N"));
    play_text(session, "set epochs 8\nresume");
    EXPECT_EQ(session.epoch(), 8);
    play_text(session, "set schedule constant\nrun 3");
    EXPECT_EQ(session.epoch(), 11);
    EXPECT_THAT(refusal(session, "set schedule cosine"), HasSubstr("epochs N"));
    play_text(session, "set schedule one_cycle epochs 13\nresume");
    EXPECT_EQ(session.epoch(), 13);
    EXPECT_THAT(not_reproduced(*study), IsEmpty());
}

TEST_F(Panda, EarlyStoppingCanBeSwitchedOff) {
    Hyperparameters h = first();
    h.patience = 2;
    h.learning_rate = 1e-6f; // no better validation score for long
    const auto study = create("a", h);
    Session session(data_, *engine_, *study);
    play_text(session, "set learning_rate 0.3\nrun 11");
    const int32_t ended = session.epoch();
    ASSERT_LT(ended, 11);
    EXPECT_THAT(refusal(session, "run 1"), HasSubstr("set patience 0"));
    play_text(session, "set patience 0\nrun 4");
    EXPECT_EQ(session.epoch(), ended + 4);
    EXPECT_THAT(not_reproduced(*study), IsEmpty());
}

TEST_F(Panda, ADivergedModelGoesBack) {
    const auto study = create("a");
    Session session(data_, *engine_, *study);
    std::string said;
    Driver driver(session, {});
    std::istringstream script("run 4\nset learning_rate 1000 weight_decay 100\nrun 8\n");
    play(driver, script, "script", {{}, [&](const std::string& text) { said += text + "\n"; }, {}});
    EXPECT_EQ(session.result().state, TrialState::diverged);
    EXPECT_THAT(said, HasSubstr("diverging"));
    EXPECT_THAT(refusal(session, "run 1"), HasSubstr("rewind"));
    const int32_t at = session.epoch();
    play_text(session, "rewind to 4\nrun 3");
    EXPECT_EQ(session.epoch(), 7);
    EXPECT_EQ(session.result().state, TrialState::waiting);
    EXPECT_THAT(not_reproduced(*study), IsEmpty());
    play_text(session, "switch 0");
    EXPECT_EQ(session.epoch(), at);
    EXPECT_EQ(session.result().state, TrialState::diverged);
}

TEST_F(Panda, ComparesBranches) {
    const auto study = create("a");
    Session session(data_, *engine_, *study);
    play_text(session, "run 4\nrewind 2\nset learning_rate 0.01\nrun 2");
    const std::string table = report::branch_table(*study, session.branch());
    EXPECT_THAT(table, AllOf(HasSubstr("learning_rate"), HasSubstr("0 after 2"), testing::ContainsRegex("\n[*] +1 ")));
    EXPECT_THAT(table, testing::Not(HasSubstr("momentum"))) << "what is the same everywhere is left out";
    std::istringstream narrow(report::branch_table(*study, session.branch(), 40));
    std::string said;
    for (std::string line; std::getline(narrow, line); said += line + '\n') EXPECT_LE(line.size(), 40u) << line;
    EXPECT_THAT(said, AllOf(HasSubstr("validation loss"), HasSubstr("learning_rate"), testing::ContainsRegex("\n[*] +1 +0.01\n"))) << "nothing is cut";
}

TEST_F(Panda, AnErrorInAScriptNamesItsLineAndKeepsWhatWasDone) {
    const auto study = create("a");
    Session session(data_, *engine_, *study);
    EXPECT_THAT(message<UsageError>([&] { play_text(session, "rewind to 3"); }), HasSubstr("nothing is trained yet"));
    EXPECT_THAT(message<UsageError>([&] { play_text(session, "run 2\n\nrun away\nrun 2"); }), HasSubstr("script:3: run"));
    EXPECT_EQ(study->counts().epochs, 2);
}

TEST_F(Panda, StoppedItSavesAndGoesOn) {
    const auto study = create("a");
    {
        Session session(data_, *engine_, *study);
        Driver driver(session, {});
        std::istringstream script("run 10\n");
        std::stop_source stop;
        const Listener listener{{}, {}, [&] {
                                    if (session.epoch() == 4) stop.request_stop();
                                }};
        EXPECT_THAT(message<Error>([&] { play(driver, script, "script", listener, stop.get_token()); }),
                    HasSubstr("after epoch 4"));
    }
    Session again(data_, *engine_, *study);
    EXPECT_EQ(again.epoch(), 4);
    play_text(again, "run 6");
    const std::string alone = played("b", "run 10");
    EXPECT_EQ(story(*study), alone);
}

TEST_F(Panda, IsNoSweepsStudy) {
    const auto study = create("a");
    EXPECT_THAT(message<UsageError>([&] { (void)run_sweep(settings(first()), data_, *engine_, *study); }),
                HasSubstr("caviar panda"));
    const SweepSettings sweep = sweep_settings("random", 3);
    const auto other = Study::create(folder_.file("sweep"), make_header(sweep, data_, *engine_));
    EXPECT_THAT(message<RuntimeFailure>([&] { Session(data_, *engine_, *other); }), HasSubstr("babysat"));
    const Prepared foreign = small_data("bbbb");
    EXPECT_THAT(message<RuntimeFailure>([&] { Session(foreign, *engine_, *study); }), HasSubstr("other data"));
}

// kill -9 at any moment: what was not saved is trained again.
TEST_F(Panda, KilledAndGoneOnWithItEndsTheSame) {
    const auto live = [this](const std::string& path) {
        const auto engine = make_engine({"cpu", 1, "", 0}).engine;
        const auto study = Study::open(path);
        Session session(data_, *engine, *study, 0.0005);
        const auto until = [&](int32_t epoch) {
            while (session.epoch() < epoch) {
                session.train_epoch();
                std::this_thread::sleep_for(std::chrono::microseconds(200));
            }
        };
        if (session.branch() == 0) until(20);
        if (session.branch() == 0 && session.settings().learning_rate == 0.1f) session.set({{"learning_rate", "0.02"}});
        if (session.branch() == 0) until(40);
        if (session.branch() == 0) session.rewind(15);
        if (session.settings().momentum == 0.9f) session.set({{"momentum", "0.5"}});
        until(45);
        session.save();
    };
    const auto start = [&](const std::string& path) {
        const pid_t child = ::fork();
        if (child != 0) return child;
        try {
            live(path);
            ::_exit(0);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "child: %s\n", error.what());
            ::_exit(1);
        }
    };
    const auto ended = [](pid_t child) {
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_TRUE(!WIFEXITED(status) || WEXITSTATUS(status) == 0);
        return WIFEXITED(status);
    };
    const auto begin = std::chrono::steady_clock::now();
    create("whole").reset();
    ASSERT_TRUE(ended(start(folder_.file("whole"))));
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    const std::string whole = story(*Study::read(folder_.file("whole")));

    std::mt19937_64 random(1);
    std::string killed;
    int kills = 0;
    for (int part = 5; kills < 3; part *= 2) { // one that ended before it was killed thrice begins anew, with shorter lives
        ASSERT_LT(part, 1000);
        killed = "killed-" + std::to_string(part);
        create(killed).reset();
        for (kills = 0;; ++kills) {
            ASSERT_LT(kills, 1000) << "never ended";
            const pid_t child = start(folder_.file(killed));
            // That part of the whole at most; limits grow, as a loaded machine may get slower.
            std::this_thread::sleep_for(took / part * (1 + kills / 40) * (random() % 1000) / 1000);
            ::kill(child, SIGKILL);
            if (ended(child)) break;
        }
    }
    const auto study = Study::read(folder_.file(killed));
    EXPECT_EQ(story(*study), whole);
    EXPECT_THAT(not_reproduced(*study), IsEmpty());
}

} // namespace
} // namespace caviar::panda
