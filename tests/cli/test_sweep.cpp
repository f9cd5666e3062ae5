// From a table to a result: sweep, again, resume, trials, verify.

#include "tests/cli/program.h"

#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <thread>

namespace caviar::test {

namespace {

using testing::HasSubstr;
using testing::Not;

class Sweep : public ProgramTest {
protected:
    void SetUp() override {
        ProgramTest::SetUp();
        write_flowers("flowers.csv");
    }
    /// A sweep of a moment.
    std::vector<std::string> quick(std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments{"sweep",  "flowers.csv", "--target", "kind", "--trials", "12",
                                           "--epochs", "4",         "--set",    "units=8"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
};

TEST_F(Sweep, PrintsResultOnStdoutAndTheRestOnStderr) {
    const Outcome outcome = fine(quick());
    EXPECT_THAT(outcome.out, HasSubstr("accuracy"));
    EXPECT_THAT(outcome.out, HasSubstr("trivial baseline"));
    EXPECT_THAT(outcome.out, HasSubstr("test"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("Next:")));
    EXPECT_THAT(outcome.err, HasSubstr("multiclass, 3 classes: iris lily rose"));
    EXPECT_THAT(outcome.err, HasSubstr("split seed 1"));
    EXPECT_THAT(outcome.err, HasSubstr("Next:"));
    EXPECT_THAT(outcome.err, HasSubstr("caviar trials flowers.db"));
}

TEST_F(Sweep, JsonIsOneDocumentAndQuietIsQuiet) {
    const Outcome outcome = fine(quick({"--json", "--quiet"}));
    EXPECT_TRUE(outcome.err.empty() || outcome.err.rfind("warning: ", 0) == 0) << outcome.err; // warnings are never hidden
    for (const char* word : {"Data", "Engine", "round", "Next:"}) EXPECT_THAT(outcome.err, Not(HasSubstr(word)));
    const nlohmann::json document = nlohmann::json::parse(outcome.out);
    EXPECT_EQ(document["state"], "finished");
    EXPECT_EQ(document["trials"], 12);
    EXPECT_EQ(document["metric"], "accuracy");
    EXPECT_EQ(document["data"]["classes"], nlohmann::json({"iris", "lily", "rose"}));
    EXPECT_EQ(document["data"]["rows"]["train"].get<int>() + document["data"]["rows"]["valid"].get<int>() +
                  document["data"]["rows"]["test"].get<int>(),
              150);
    // The three kinds lie far apart: any net that learns at all beats a third.
    EXPECT_GT(document["test"]["test"].get<double>(), document["test"]["test_baseline"].get<double>());
    EXPECT_EQ(document["best"]["id"], document["top"][0]["id"]);
    EXPECT_EQ(document["best"]["hyperparameters"]["epochs"], 4);
    for (const auto& width : document["best"]["hyperparameters"]["hidden"]) EXPECT_EQ(width, 8);
}

TEST_F(Sweep, RegressionFitsALine) {
    write_line("line.csv");
    const auto document = json({"sweep", "line.csv", "--target", "-1", "--trials", "12", "--epochs", "30", "--json", "--quiet"});
    EXPECT_EQ(document["data"]["task"], "regression");
    EXPECT_EQ(document["metric"], "rmse");
    // y spreads by about 13; a linear target of two columns is learnt to well under half of that.
    EXPECT_LT(document["test"]["test"].get<double>(), document["test"]["test_baseline"].get<double>() / 2);
}

TEST_F(Sweep, AgainShowsTheFinishedResult) {
    const Outcome first = fine(quick()), second = fine(quick());
    EXPECT_EQ(first.out, second.out);
    EXPECT_THAT(second.err, HasSubstr("is finished"));
}

TEST_F(Sweep, OtherSettingsOnTheSameStudyAreRefusedByName) {
    fine(quick());
    const Outcome outcome = run(quick({"--seed", "5"}));
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("seed: the study has 1, this command 5"));
    EXPECT_THAT(outcome.err, HasSubstr("--study"));
    EXPECT_EQ(outcome.out, "");
    // A hyperparameter that varies in one and is held in the other is one difference, not two.
    const std::string held = run(quick({"--set", "learning_rate=0.01"})).err;
    EXPECT_THAT(held, HasSubstr("learning_rate: the study has \"log("));
    EXPECT_EQ(held.find("learning_rate:"), held.rfind("learning_rate:"));
}

TEST_F(Sweep, OtherDataOnTheSameStudyAreRefused) {
    fine(quick());
    write_flowers("flowers.csv", 153);
    const Outcome outcome = run(quick());
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("other data"));
}

TEST_F(Sweep, MoreTrialsOfARandomSearchGoOn) {
    fine(quick({"--sampler", "random"}));
    const auto document = json({"resume", "flowers.db", "--trials", "20", "--json", "--quiet"});
    EXPECT_EQ(document["trials"], 20);
    // The same as 20 at once.
    const auto whole = json({"sweep", "flowers.csv", "--target", "kind", "--trials", "20", "--epochs", "4", "--set", "units=8", "--sampler",
                             "random", "--json", "--quiet", "--study", "whole.db"});
    EXPECT_EQ(document["best"]["id"], whole["best"]["id"]);
    EXPECT_EQ(document["best"]["metric"], whole["best"]["metric"]);
}

/// What must be the same however a sweep came to its end.
nlohmann::json lasting(nlohmann::json document) {
    document.erase("study");
    for (auto& trial : document["trials"]) trial.erase("seconds");
    return document;
}

TEST_F(Sweep, InterruptedAndResumedEndsTheSame) {
    const std::vector<std::string> sweep{"sweep",    "flowers.csv", "--target", "kind",    "--trials", "60",      "--epochs", "200",
                                         "--set",    "batch_size=8", "--set",   "units=32", "--patience", "0",     "--threads", "1"};
    std::vector<std::string> cut = sweep;
    cut.insert(cut.end(), {"--study", "cut.db"});
    const pid_t child = start(cut);
    // Wait for a few trials to be recorded, not for a time: machines differ.
    for (int i = 0; i < 600; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        if (std::filesystem::exists(path("cut.db-wal")) && read("err").find("Engine") != std::string::npos) break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    kill(child, SIGINT);
    const Outcome interrupted = wait(child);
    EXPECT_EQ(interrupted.code, 130) << interrupted.err;
    EXPECT_THAT(interrupted.err, HasSubstr("caviar resume cut.db"));
    const auto counts = json({"trials", "cut.db", "--json"})["counts"];
    EXPECT_GT(counts["waiting"].get<int>(), 0) << "the sweep ended before it was interrupted: make it longer";

    const Outcome resumed = fine({"resume", "cut.db", "--threads", "1"});
    EXPECT_THAT(resumed.err, Not(HasSubstr("is finished")));
    std::vector<std::string> whole = sweep;
    whole.insert(whole.end(), {"--study", "whole.db", "--quiet"});
    fine(whole);
    EXPECT_EQ(lasting(json({"trials", "cut.db", "--json", "--curves"})), lasting(json({"trials", "whole.db", "--json", "--curves"})));
}

TEST_F(Sweep, TrialsAsTableCsvAndJson) {
    fine(quick({"--quiet"}));
    const std::string table = fine({"trials", "flowers.db", "--top", "3"}).out;
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 4) << table;

    const std::string csv = fine({"trials", "flowers.db", "--csv"}).out;
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 13) << csv;
    EXPECT_EQ(csv.rfind("id,round,state,accuracy,loss,best_epoch,epochs,seconds,", 0), 0u) << csv;

    const std::string curves = fine({"trials", "flowers.db", "--csv", "--curves", "--top", "2"}).out;
    EXPECT_EQ(curves.rfind("id,epoch,train_loss,valid_loss,valid_metric\n", 0), 0u) << curves;

    const auto all = json({"trials", "flowers.db", "--json", "--curves"});
    ASSERT_EQ(all["trials"].size(), 12u);
    double previous = 1;
    for (const auto& trial : all["trials"]) {
        if (trial["state"] != "complete") continue;
        EXPECT_LE(trial["metric"].get<double>(), previous) << "the best first";
        previous = trial["metric"];
        EXPECT_EQ(trial["curve"]["valid_loss"].size(), trial["epochs"].get<size_t>());
    }
    const auto by_id = json({"trials", "flowers.db", "--json", "--sort", "id", "--descending", "--top", "2"});
    EXPECT_EQ(by_id["trials"][0]["id"], 11);
    EXPECT_EQ(by_id["trials"].size(), 2u);
}

TEST_F(Sweep, TrialsFilterAndSort) {
    fine(quick({"--quiet"}));
    const auto slow = json({"trials", "flowers.db", "--json", "--filter", "learning_rate<0.01", "--sort", "learning_rate"});
    double previous = 0;
    for (const auto& trial : slow["trials"]) {
        const double rate = trial["settings"]["learning_rate"];
        EXPECT_LT(rate, 0.01);
        EXPECT_GE(rate, previous);
        previous = rate;
    }
    EXPECT_EQ(run({"trials", "flowers.db", "--filter", "learning_rate<<1"}).code, 2);
    EXPECT_EQ(run({"trials", "flowers.db", "--sort", "learning_rat"}).code, 2);
    EXPECT_EQ(run({"trials", "flowers.db", "--state", "asleep"}).code, 2);
}

TEST_F(Sweep, VerifyFindsEveryBitEqual) {
    fine(quick({"--quiet"}));
    EXPECT_THAT(fine({"verify", "flowers.db"}).out, HasSubstr("equal, bit for bit"));
    const auto document = json({"verify", "flowers.db", "--sample", "5", "--json"});
    EXPECT_EQ(document["checked"].size(), 5u);
    EXPECT_EQ(document["differ"], nlohmann::json::array());
    EXPECT_EQ(document["equal"], true);
    EXPECT_EQ(json({"verify", "flowers.db", "--trial", "0,3", "--json"})["checked"], nlohmann::json({0, 3}));
    EXPECT_EQ(run({"verify", "flowers.db", "--trial", "zero"}).code, 2);
    EXPECT_EQ(run({"verify", "flowers.db", "--trial", "99"}).code, 2);
}

TEST_F(Sweep, ExportAndPredict) {
    fine(quick({"--quiet"}));
    fine({"export", "flowers.db", "-o", "model.json"});
    const std::string csv = fine({"predict", "model.json", "flowers.csv"}).out;
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 151);
}

TEST_F(Sweep, FolderThatCannotBeWritten) {
    const Outcome outcome = run(quick({"--study", "no/such/folder/x.db"}));
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("no/such/folder/x.db"));
}

} // namespace

} // namespace caviar::test
