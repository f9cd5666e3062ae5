// `caviar report`, and what `caviar inspect` says of time.

#include "host/cli/estimate.h"
#include "tests/cli/program.h"

#include <gmock/gmock.h>

namespace caviar::test {

namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TrainedShare, IsWhatTheSchedulerLetsTrain) {
    SweepSettings settings;
    settings.defaults.epochs = 50;
    EXPECT_EQ(cli::trained_share(settings, 300), 1);
    // Rungs after 1, 5 and 16 of 50 epochs, one in 3 goes on: (1 + 4/3 + 11/9 + 34/27) / 50, but for whole trials.
    settings.scheduler.name = "successive-halving";
    EXPECT_NEAR(cli::trained_share(settings, 270), (1 + 4 / 3.0 + 11 / 9.0 + 34 / 27.0) / 50, 0.002);
    for (const char* name : {"median", "hyperband", "asha"}) {
        settings.scheduler.name = name;
        const double share = cli::trained_share(settings, 300);
        EXPECT_GT(share, 0.02) << name;
        EXPECT_LT(share, 1) << name;
    }
    settings.scheduler.name = "successive-halving";
    const double search = cli::trained_share(settings, 270);
    settings.confirm = {10, 3};
    EXPECT_DOUBLE_EQ(cli::trained_share(settings, 300), 0.1 + 0.9 * search) << "what confirms trains to its end";
    EXPECT_EQ(cli::trained_share(settings, 20), 1);
    settings.confirm = {};
    settings.scheduler.name = "pbt";
    EXPECT_EQ(cli::trained_share(settings, 300), 1) << "it changes trials, and stops none";
}

class Report : public ProgramTest {
protected:
    void sweep(const std::vector<std::string>& more = {}) {
        write_flowers("flowers.csv");
        std::vector<std::string> arguments{"sweep", "flowers.csv", "--target", "kind", "--epochs", "6", "--trials", "40", "--quiet"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        fine(arguments);
    }
};

TEST_F(Report, IsOneScreenOnAStudy) {
    sweep();
    const Outcome outcome = fine({"report", "flowers.db"});
    for (const char* words : {"flowers.db: finished, 40 trials", "trivial baseline", "winner", "runner-up", "round 1", "learning_rate", "What mattered", "What to do next"})
        EXPECT_THAT(outcome.out, HasSubstr(words));
    EXPECT_THAT(outcome.err, HasSubstr("caviar export flowers.db"));
    EXPECT_EQ(fine({"report", "flowers.db"}).out, outcome.out) << "the same file, the same words";
}

TEST_F(Report, SaysTheSameInJson) {
    sweep({"--scheduler", "successive-halving"});
    const auto document = json({"report", "flowers.db", "--json"});
    EXPECT_EQ(document["state"], "finished");
    EXPECT_EQ(document["counts"]["trials"], 40);
    EXPECT_EQ(document["best"]["id"], document["test"]["trial"]);
    EXPECT_NE(document["best"]["settings"], document["runner_up"]["settings"]);
    int64_t finished = 0, stopped = 0;
    for (const auto& part : document["search"]) finished += part["finished"].get<int64_t>();
    EXPECT_EQ(finished, 40);
    EXPECT_LT(document["search"].front()["box"]["learning_rate"]["low"].get<double>(), document["search"].front()["box"]["learning_rate"]["high"].get<double>());
    for (const auto& [epochs, trials] : document["stopped"]["after"].items()) stopped += trials.get<int64_t>();
    EXPECT_EQ(stopped, document["counts"]["stopped"]);
    EXPECT_GT(stopped, 0);
    ASSERT_TRUE(document["importance"].is_object());
    for (const auto& effect : document["importance"]["effects"]) {
        EXPECT_GE(effect["share"].get<double>(), effect["low"].get<double>());
        EXPECT_EQ(effect["values"].size(), effect["ranks"].size());
    }
    const auto& pair = document["importance"]["interactions"].front();
    EXPECT_FALSE(pair["ranks"].front().empty());
    EXPECT_TRUE(document["advice"].is_array());
}

TEST_F(Report, TakesStudiesThatDidNotEndWell) {
    write_line("line.csv");
    run({"sweep", "line.csv", "--target", "y", "--trials", "6", "--epochs", "2", "--only", "--set", "learning_rate=1000", "--set", "optimizer=sgd", "--quiet"});
    const Outcome diverged = fine({"report", "line.db"});
    EXPECT_THAT(diverged.out, HasSubstr("every trial diverged"));
    EXPECT_THAT(diverged.out, HasSubstr("--vary 'learning_rate=log("));
    EXPECT_THAT(diverged.err, Not(HasSubstr("export")));
    fine({"sweep", "line.csv", "--target", "y", "--epochs", "3", "--sampler", "grid", "--points", "3", "--only", "--vary", "learning_rate=log(1e-3,1e-1)", "--study", "grid.db", "--quiet"});
    EXPECT_THAT(fine({"report", "grid.db"}).out, HasSubstr("Too little to tell"));
    EXPECT_EQ(run({"report", "nowhere.db"}).code, 1);
    write("text.db", "not a study");
    EXPECT_EQ(run({"report", "text.db"}).code, 1);
}

TEST_F(Report, InspectSaysWhatFits) {
    write_flowers("flowers.csv");
    const Outcome table = fine({"inspect", "flowers.csv", "--target", "kind"});
    EXPECT_THAT(table.out, testing::ContainsRegex("1 m 00 s +[0-9]"));
    EXPECT_THAT(table.out, HasSubstr("1 h 00 m"));
    EXPECT_THAT(table.out, HasSubstr("Caviar: "));
    const Outcome little = fine({"inspect", "flowers.csv", "--target", "kind", "--time", "0.0001s", "--set", "units=256"});
    EXPECT_THAT(little.out, HasSubstr("Panda: not one trial fits in 0.1 ms"));
    EXPECT_THAT(little.err, HasSubstr("caviar panda flowers.csv"));
    EXPECT_EQ(run({"inspect", "flowers.csv", "--target", "kind", "--time", "soon"}).code, 2);
    // A scheduler lets fewer epochs be trained.
    EXPECT_THAT(fine({"inspect", "flowers.csv", "--target", "kind", "--scheduler", "successive-halving"}).out, HasSubstr("of which the scheduler lets about"));
}

} // namespace

} // namespace caviar::test
