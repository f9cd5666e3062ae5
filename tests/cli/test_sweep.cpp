// From a table to a result: sweep, again, resume, trials, verify.

#include "tests/cli/sweep.h"

#include "caviar/error.h"
#include "caviar/study.h"
#include "host/cli/sweep_run.h"

#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <set>
#include <sstream>
#include <thread>

namespace caviar::test {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

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

TEST_F(Sweep, AStagedSearchIsExplainedAndResumed) {
    const Outcome outcome = fine(quick({"--plan", "staged", "--sampler", "sobol"}));
    EXPECT_THAT(outcome.err, HasSubstr("stage 1 of 4, learning_rate and optimizer: "));
    EXPECT_THAT(outcome.err, HasSubstr("until its own stage"));
    const auto again = json({"resume", "flowers.db", "--json", "--quiet"});
    EXPECT_EQ(again["settings"]["sampler"]["plan"], "staged");
    EXPECT_EQ(run({"resume", "flowers.db", "--trials", "100"}).code, 1) << "its stages were planned from the budget";
    EXPECT_THAT(run(quick({"--sampler", "sobol"})).err, HasSubstr("plan: the study has \"staged\", this command not set"));
}

TEST_F(Sweep, PbtSaysWhatItTookOver) {
    fine(quick({"--sampler", "random", "--scheduler", "pbt", "--min-epochs", "2", "--set", "layers=1", "--set", "activation=relu"}));
    const auto document = json({"trials", "flowers.db", "--json"});
    int copies = 0;
    nlohmann::json taken;
    for (const auto& trial : document["trials"])
        for (const auto& event : trial["events"]) {
            ++copies;
            EXPECT_EQ(event["epoch"], 2);
            EXPECT_NE(event["copied_from"], trial["id"]);
            EXPECT_TRUE(event["changes"].contains("learning_rate")) << event;
            taken = trial["id"];
        }
    EXPECT_EQ(copies, 2) << "a fifth of twelve, after two of four epochs";
    fine({"verify", "flowers.db", "--sample", "12"});
    // One whose weights are gone is trained again, with those whose nets it took over.
    const Outcome outcome = fine({"export", "flowers.db", "--trial", taken.dump(), "-o", "taken.json"});
    EXPECT_THAT(outcome.err, Not(HasSubstr("did not train to the study's score")));
    EXPECT_FALSE(json(quick({"--scheduler", "asha", "--study", "asha.db", "--json", "--quiet"}))["best"].is_null());
    EXPECT_THAT(run(quick({"--min-epochs", "5", "--scheduler", "asha"})).err, HasSubstr("from 1 to the trials' 4 epochs"));
}

TEST_F(Sweep, TimeAndTargetEndASweepThatGoesOn) {
    const auto reached = json(quick({"--target-metric", "0.3", "--json", "--quiet"}));
    EXPECT_EQ(reached["state"], "target");
    EXPECT_FALSE(reached["test"].is_null()) << "the best so far is measured";
    EXPECT_EQ(json(quick({"--json", "--quiet"}))["state"], "finished");
    EXPECT_THAT(run(quick({"--time", "0"})).err, HasSubstr("a time above 0 is wanted"));
    EXPECT_EQ(run(quick({"--time", "3 weeks"})).code, 2);
    for (const char* never : {"98", "nan", "inf"}) {
        const Outcome outcome = run(quick({"--target-metric", never, "--study", "never.db"}));
        EXPECT_EQ(outcome.code, 2) << never;
        EXPECT_THAT(outcome.err, HasSubstr("the best possible accuracy is 1"));
        EXPECT_FALSE(std::filesystem::exists(path("never.db")));
    }
}

TEST_F(Sweep, SamplersThatModelPlanTheirRounds) {
    for (const char* sampler : {"tpe", "gp"}) {
        const std::string study = std::string(sampler) + ".db";
        const Outcome first = fine(quick({"--sampler", sampler, "--round-size", "2", "--trials", "32", "--study", study}));
        EXPECT_THAT(first.err, HasSubstr("round 2 of ")) << sampler;
        EXPECT_THAT(first.err, HasSubstr(": 2 trials ")) << sampler;
        EXPECT_EQ(fine({"resume", study}).out, first.out) << sampler;
        const Outcome more = run({"resume", study, "--trials", "40"});
        EXPECT_EQ(more.code, 1) << sampler;
        EXPECT_THAT(more.err, HasSubstr("planned for 32 trials, not 40")) << sampler;
    }
}

/// What must be the same however a sweep came to its end.
nlohmann::json lasting(nlohmann::json document) {
    document.erase("study");
    for (auto& trial : document["trials"])
        for (const char* name : {"seconds", "began", "ended"}) trial.erase(name);
    return document;
}

/// Trials that another process has recorded so far.
int64_t recorded(const std::filesystem::path& study) {
    try {
        return Study::read(study.string())->counts().finished();
    } catch (const RuntimeFailure&) {
        return 0; // not made yet
    }
}

TEST_F(Sweep, InterruptedAndResumedEndsTheSame) {
    std::vector<std::string> sweep;
    Outcome interrupted;
    // Interrupted once some trials are recorded. A machine so fast that it had come to the end by then gets more to do.
    for (int epochs = 200; interrupted.code != 130; epochs *= 2) {
        ASSERT_LT(epochs, 100'000) << interrupted.err;
        std::filesystem::remove(path("cut.db"));
        sweep = {"sweep", "flowers.csv",  "--target", "kind",     "--trials",   "60", "--epochs",  std::to_string(epochs),
                 "--set", "batch_size=8", "--set",    "units=32", "--patience", "0",  "--threads", "1"};
        std::vector<std::string> cut = sweep;
        cut.insert(cut.end(), {"--study", "cut.db"});
        const pid_t child = start(cut);
        for (int i = 0; i < 12'000 && recorded(path("cut.db")) == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        kill(child, SIGINT);
        interrupted = wait(child);
        ASSERT_TRUE(interrupted.code == 130 || interrupted.code == 0) << interrupted.err;
    }
    EXPECT_THAT(interrupted.err, HasSubstr("caviar resume cut.db"));
    EXPECT_GT(recorded(path("cut.db")), 0);
    EXPECT_LT(recorded(path("cut.db")), 60);

    const Outcome resumed = fine({"resume", "cut.db", "--threads", "1"});
    EXPECT_THAT(resumed.err, Not(HasSubstr("is finished")));
    std::vector<std::string> whole = sweep;
    whole.insert(whole.end(), {"--study", "whole.db", "--quiet"});
    fine(whole);
    std::set<int32_t> runs;
    for (const TrialRow& row : Study::read(path("cut.db").string())->trials({})) runs.insert(row.run);
    EXPECT_EQ(runs, (std::set<int32_t>{0, 1})) << "trials before and after";
    EXPECT_EQ(lasting(json({"trials", "cut.db", "--json", "--curves"})), lasting(json({"trials", "whole.db", "--json", "--curves"})));
}

TEST_F(Sweep, TrialsAsTableCsvAndJson) {
    fine(quick({"--quiet"}));
    const std::string table = fine({"trials", "flowers.db", "--top", "3"}).out;
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 4) << table;

    const std::string csv = fine({"trials", "flowers.db", "--csv"}).out;
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 13) << csv;
    EXPECT_EQ(csv.rfind("id,round,state,accuracy,loss,best_epoch,epochs,seconds,began,ended,device,", 0), 0u) << csv;

    const std::string curves = fine({"trials", "flowers.db", "--csv", "--curves", "--top", "2"}).out;
    EXPECT_EQ(curves.rfind("id,epoch,train_loss,valid_loss,valid_metric\n", 0), 0u) << curves;

    const auto again = json(quick({"--json"})); // finished: the same device
    const auto all = json({"trials", "flowers.db", "--json", "--curves"});
    ASSERT_EQ(all["trials"].size(), 12u);
    double previous = 1;
    for (const auto& trial : all["trials"]) {
        if (trial["state"] != "complete") continue;
        EXPECT_LE(trial["metric"].get<double>(), previous) << "the best first";
        previous = trial["metric"];
        EXPECT_EQ(trial["curve"]["valid_loss"].size(), trial["epochs"].get<size_t>());
    }
    for (const auto& trial : all["trials"]) {
        EXPECT_THAT(trial["began"].get<std::string>(), MatchesRegex("20..-..-..T..:..:..[.]...Z"));
        EXPECT_LE(trial["began"].get<std::string>(), trial["ended"].get<std::string>());
        EXPECT_THAT(csv, HasSubstr("," + trial["began"].get<std::string>() + "," + trial["ended"].get<std::string>() + ","));
        EXPECT_EQ(trial["device"], again["engine"]["device"]);
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

TEST_F(Sweep, ARefusedSweepLeavesNothingInTheWay) {
    for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--sampler", "rndom"}, {"--rounds", "50"}, {"--sampler", "grid", "--points", "20000"},
                                                  {"--loss", "mean_squared_error"}, {"--trials", "1000000000"}}) {
        const Outcome outcome = run(quick(wrong));
        EXPECT_EQ(outcome.code, 2) << outcome.err;
        fine(quick({"--quiet"}));
        std::filesystem::remove(path("flowers.db"));
    }
}

TEST_F(Sweep, ANetTooBigForTheMemoryIsNamed) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitized program reserves more memory than any limit leaves it";
#endif
    // 16 layers of 8192 units take 28 GB with adam; the limit is for machines with more.
    const std::string limited = "cd " + path("").string() + " && ulimit -v 8000000 && exec " CAVIAR_PROGRAM
                                " sweep flowers.csv --target kind --trials 12 --set units=8192 --set layers=16 --set optimizer=adam 2> limited";
    const int status = std::system(("sh -c \"" + limited + '"').c_str());
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 4);
    EXPECT_THAT(read("limited"), HasSubstr("its network 6-8192-"));
    EXPECT_THAT(read("limited"), HasSubstr("units and layers"));
    fine(quick()); // nothing is left in the way
}

TEST_F(Sweep, WhereAllDivergedLowerRatesAreSuggested) {
    write_line("line.csv");
    const Outcome outcome = run({"sweep", "line.csv", "--target", "y", "--trials", "4", "--epochs", "40", "--only", "--set", "optimizer=sgd", "--scaling", "none", "--vary",
                                 "learning_rate=log(100,1000)"});
    EXPECT_EQ(outcome.code, 1) << "there is no network to go on with";
    EXPECT_THAT(outcome.out, HasSubstr("all diverged"));
    EXPECT_THAT(outcome.err, HasSubstr("caviar sweep --config line.db --vary 'learning_rate=log(0.01,100)' --scaling standardize --study line.lower.db "));
    EXPECT_THAT(outcome.err, Not(HasSubstr("caviar export")));
    EXPECT_THAT(outcome.err, HasSubstr("4 of 4 trials diverged"));
    // Whoever wants its best is told that there is none, and why.
    for (const std::vector<std::string>& asked : {std::vector<std::string>{"export", "line.db", "-o", "x.json"}, {"verify", "line.db"}, {"retune", "line.db", "line.csv"},
                                                  {"sweep", "line.csv", "--target", "y", "--warm-start", "line.db", "--study", "x.db"}}) {
        const Outcome none = run(asked);
        EXPECT_EQ(none.code, 1) << asked[0];
        EXPECT_THAT(none.err, AllOf(HasSubstr("all its 4 trials diverged"), HasSubstr("caviar report line.db"), Not(HasSubstr("resume")))) << asked[0];
    }
    EXPECT_THAT(fine({"report", "line.db"}).err, HasSubstr("caviar sweep --config line.db --vary 'learning_rate=log(0.01,100)' --scaling standardize --study line-2.db "));
    EXPECT_THAT(fine({"sweep", "--config", "line.db", "--vary", "learning_rate=log(0.01,100)", "--scaling", "standardize", "--study", "line.lower.db"}).err,
                HasSubstr("caviar export line.lower.db")) << "what is suggested helps";
}

TEST_F(Sweep, AStudyThatIsGoneAtTheEndIsAnError) {
    cli::Request request;
    request.settings.data = "digits";
    request.settings.sampler.trials = 2;
    request.space.push_back(cli::parse_entry("epochs=1", "test"));
    const cli::Resolved resolved = cli::resolve(request);
    std::ostringstream out, err;
    cli::Context context{out, err};
    const auto engine = make_engine({}).engine;
    const std::string file = path("s.db").string(), away = path("away.db").string();
    cli::sweep_into(context, file, resolved, *engine, {});
    for (const bool replaced : {false, true}) {
        const auto study = Study::open(file); // finished: nothing more is written, so that only the end can notice
        std::filesystem::rename(file, away);
        if (replaced) std::filesystem::copy_file(away, file);
        out.str("");
        try {
            cli::run_and_report(context, resolved.settings, resolved.prepared, *engine, *study, {});
            ADD_FAILURE() << "nothing was noticed";
        } catch (const RuntimeFailure& error) {
            EXPECT_THAT(error.what(), AllOf(HasSubstr(file), HasSubstr("removed or replaced")));
        }
        EXPECT_THAT(out.str(), HasSubstr("trivial baseline")) << "what there is to show is shown";
        std::filesystem::rename(away, file);
    }
}

TEST_F(Sweep, OnlyAStudyOfItsOwnIsRemoved) {
    fine(quick({"--study", "a.db"}));
    fine(quick({"--study", "b.db", "--seed", "2"}));
    const std::string other = read("b.db");
    auto study = Study::open(path("a.db").string());
    std::filesystem::rename(path("b.db"), path("a.db"));
    cli::remove_study(std::move(study));
    EXPECT_EQ(read("a.db"), other);
    cli::remove_study(Study::open(path("a.db").string()));
    for (const auto& left : std::filesystem::directory_iterator(path(""))) EXPECT_THAT(left.path().filename().string(), Not(HasSubstr("a.db")));
}

TEST_F(Sweep, AFirstRoundThatCannotBeWrittenLeavesNothingInTheWay) {
    // Room for the empty study but not for 20,000 trials; without the signal a file that is too large is an error of write(2).
    const std::string limited = "cd " + path("").string() + " && trap '' XFSZ && ulimit -f 512 && exec " CAVIAR_PROGRAM
                                " sweep flowers.csv --target kind --sampler random --trials 20000 2> limited";
    const int status = std::system(("sh -c \"" + limited + '"').c_str());
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 1);
    EXPECT_THAT(read("limited"), HasSubstr("flowers.db")) << "it was the study that failed, nothing before it";
    for (const auto& file : std::filesystem::directory_iterator(path(""))) EXPECT_THAT(file.path().filename().string(), Not(HasSubstr("flowers.db")));
    fine(quick());
}

TEST_F(Sweep, FewerTrialsThanARandomStudyHasAreThereAlready) {
    fine(quick({"--sampler", "random"}));
    const Outcome fewer = fine(quick({"--sampler", "random", "--trials", "5"}));
    EXPECT_THAT(fewer.err, HasSubstr("is finished"));
    EXPECT_THAT(fewer.out, HasSubstr("of 12 trials"));
}

TEST_F(Sweep, AGridGoesOnWithoutALimit) {
    const std::vector<std::string> grid{"sweep", "flowers.csv", "--target", "kind", "--epochs", "2", "--sampler", "grid", "--points", "4",
                                        "--only", "--vary", "learning_rate=log(1e-3,1e-1)", "--json", "--quiet"};
    std::vector<std::string> limited = grid;
    limited.insert(limited.end(), {"--trials", "2"});
    EXPECT_EQ(json(limited)["trials"], 2);
    EXPECT_EQ(json(grid)["trials"], 4);
    EXPECT_EQ(json(limited)["trials"], 4);
    EXPECT_EQ(json({"resume", "flowers.db", "--json", "--quiet"})["trials"], 4);
}

TEST_F(Sweep, AnotherInstructionSetIsNamedByItsFlag) {
    fine(quick({"--isa", "plain"}));
    const Outcome outcome = run({"verify", "flowers.db"});
    if (outcome.code == 0) GTEST_SKIP() << "this machine has no other instruction set";
    EXPECT_THAT(outcome.err, HasSubstr("--engine cpu --isa plain"));
    fine({"verify", "flowers.db", "--isa", "plain"});
}

TEST_F(Sweep, StatsSayWhereTheTimeWent) {
    const Outcome outcome = fine(quick({"--json", "--stats"}));
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("of peak"), HasSubstr("measured: multiply-adds"), HasSubstr("Everything but training")));
    const nlohmann::json stats = nlohmann::json::parse(outcome.out)["stats"];
    ASSERT_EQ(stats["tiers"].size(), 1u);
    const auto& cpu = stats["tiers"][0];
    EXPECT_EQ(cpu["tier"], "cpu");
    EXPECT_EQ(cpu["trials"], 12);
    EXPECT_EQ(cpu["bytes_read_back"], 0);
    EXPECT_GT(cpu["busy"].get<double>(), 0);
    EXPECT_LE(cpu["busy"].get<double>(), 1);
    EXPECT_DOUBLE_EQ(cpu["flops_per_second"].get<double>(), cpu["flops"].get<double>() / cpu["seconds"].get<double>());
    EXPECT_DOUBLE_EQ(cpu["share_of_peak"].get<double>(),
                     cpu["flops_per_second"].get<double>() / stats["peak"]["flops_per_second"].get<double>());
    double seconds = 0, rung = 0;
    std::set<std::string> names;
    for (const auto& phase : stats["phases"]) {
        names.insert(phase["phase"]);
        seconds += phase["seconds"].get<double>();
        if (phase["phase"] == "rung") rung = phase["seconds"];
    }
    EXPECT_EQ(names, (std::set<std::string>{"load", "ask", "admit", "rung", "record", "tell", "other"}));
    EXPECT_NEAR(seconds, stats["seconds"].get<double>(), 1e-9) << "the phases are all of the time; as doubles they add up to rounding";
    EXPECT_NEAR(stats["overhead"].get<double>(), 1 - rung / stats["seconds"].get<double>(), 1e-9);
    // A finished study trains nothing, and so has no tier and no overhead.
    const auto again = json({"resume", "flowers.db", "--json", "--stats", "--quiet"})["stats"];
    EXPECT_EQ(again["tiers"].size(), 0u);
    EXPECT_TRUE(again["overhead"].is_null());
    EXPECT_FALSE(json(quick({"--json", "--quiet"})).contains("stats"));
}

} // namespace

} // namespace caviar::test
