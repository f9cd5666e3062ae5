// Whole studies for other programs, read by those programs: tests/python/read_*.py. Where a package is missing the case is skipped; CAVIAR_PYTHON
// names another python3 (cmake/test_python.sh makes one).

#include "tests/cli/program.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

namespace caviar::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class StudyExport : public ProgramTest {
protected:
    void TearDown() override {
        unsetenv("TZ"); // where a test has set it
        ProgramTest::TearDown();
    }

    /// A study with complete, stopped and diverged trials, beta and conditional parameters.
    void sweep() {
        write_flowers("flowers.csv");
        fine({"sweep", "flowers.csv", "--target", "kind", "-o", "f.db", "--trials", "60", "--sampler", "random", "--epochs", "9", "--metric", "log_loss", "--scheduler", "successive-halving", "--eta", "2",
              "--vary", "learning_rate=log(1e-3,1000)", "--vary", "optimizer=choice(sgd,momentum,adam)", "--vary", "momentum=beta(0.5,0.99)", "--quiet"});
        const Outcome trials = fine({"trials", "f.db", "--json", "--curves"});
        write("expected.json", trials.out);
        for (const char* state : {"complete", "stopped", "diverged"}) EXPECT_THAT(trials.out, HasSubstr(std::string("\"state\": \"") + state)) << "for every state to be tried";
    }

    /// Runs a script of tests/python in the test's folder; false where what it needs is missing.
    bool python(const std::string& script, const std::string& arguments) {
        const char* program = std::getenv("CAVIAR_PYTHON");
        const std::string command = "cd '" + path("").string() + "' && '" + (program ? program : "python3") + "' '" CAVIAR_SOURCE "/tests/python/" + script + "' " + arguments + " >&2";
        const int status = std::system(command.c_str());
        const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (code != 77 && code != 127) { EXPECT_EQ(code, 0) << command; }
        return code != 77 && code != 127;
    }
};

TEST_F(StudyExport, OptunaOpensBothKinds) {
    sweep();
    setenv("TZ", "IST-5:30", 1); // Optuna's dates are local: where that is not UTC, nobody takes one for the other
    EXPECT_THAT(fine({"export", "f.db", "--optuna", "o.db"}).err, AllOf(HasSubstr("60 finished trials"), HasSubstr("optuna-dashboard sqlite:///o.db")));
    fine({"export", "f.db", "--optuna", "o.log", "--quiet"});
    if (!python("read_optuna.py", "o.db expected.json")) GTEST_SKIP() << "needs a python3 with optuna; set CAVIAR_PYTHON";
    python("read_optuna.py", "o.log expected.json");
}

TEST_F(StudyExport, OptunaDashboardShowsBothKinds) {
    sweep();
    for (const char* name : {"o.db", "o.log"}) {
        fine({"export", "f.db", "--optuna", name, "--quiet"});
        if (!python("open_dashboard.py", name + std::string(" 60"))) GTEST_SKIP() << "needs a python3 with optuna-dashboard; set CAVIAR_PYTHON";
    }
}

// A grid goes to the very ends of its ranges, and `epochs` is both what a trial was told and what it did.
TEST_F(StudyExport, ANameMeansOneThing) {
    write_flowers("flowers.csv");
    fine({"sweep", "flowers.csv", "--target", "kind", "-o", "g.db", "--sampler", "grid", "--points", "2", "--only", "--set", "optimizer=momentum", "--vary", "momentum=beta(0.7,0.99)",
          "--vary", "learning_rate=log(1e-3,1e-1)", "--vary", "epochs=int(2,3)", "--confirm", "0", "--quiet"});
    fine({"export", "g.db", "--optuna", "g.log", "--quiet"});
    std::map<std::string, std::set<std::string>> ranges;
    std::istringstream journal(read("g.log"));
    for (std::string line; std::getline(journal, line);)
        if (const auto entry = nlohmann::json::parse(line); entry.contains("distributions"))
            for (const auto& [name, range] : entry["distributions"].items()) ranges[name].insert(range.get<std::string>());
    EXPECT_EQ(ranges["one_minus_momentum"], std::set<std::string>{R"({"name":"FloatDistribution","attributes":{"step":null,"low":0.01,"high":0.3,"log":true}})"});
    for (const auto& [name, said] : ranges) EXPECT_EQ(said.size(), 1u) << name << ": Optuna leaves out of a search what has several";

    const std::string csv = fine({"trials", "g.db", "--csv"}).out;
    EXPECT_THAT(csv.substr(0, csv.find('\n')), AllOf(HasSubstr(",epochs,seconds,"), HasSubstr(",settings.epochs"), Not(testing::EndsWith(",epochs"))));
    EXPECT_THAT(fine({"trials", "g.db"}).out, HasSubstr("settings.epochs"));
    const auto asked = json({"trials", "g.db", "--json", "--filter", "settings.epochs=3", "--sort", "settings.learning_rate"})["trials"];
    ASSERT_EQ(asked.size(), 4u);
    for (const auto& trial : asked) EXPECT_EQ(trial["settings"]["epochs"], 3);
}

TEST_F(StudyExport, TensorBoardReadsCurvesAndHyperparameters) {
    sweep();
    EXPECT_THAT(fine({"export", "f.db", "--tensorboard", "runs/"}).err, AllOf(HasSubstr("20 of 60 finished trials"), HasSubstr("tensorboard --logdir")));
    fine({"export", "f.db", "--tensorboard", "all", "--top", "0", "--quiet"});
    if (!python("read_tensorboard.py", "runs expected.json")) GTEST_SKIP() << "needs a python3 with tensorboard; set CAVIAR_PYTHON";
    python("read_tensorboard.py", "all expected.json");
}

TEST_F(StudyExport, PandasReadsEachTableInOneLine) {
    sweep();
    write("trials.csv", fine({"trials", "f.db", "--csv"}).out);
    write("curves.csv", fine({"trials", "f.db", "--csv", "--curves"}).out);
    write("trials.jsonl", fine({"trials", "f.db", "--jsonl", "--curves"}).out);
    if (!python("read_tables.py", "expected.json")) GTEST_SKIP() << "needs a python3 with pandas; set CAVIAR_PYTHON";
}

TEST_F(StudyExport, JsonLinesAreTheTrialsOfTheDocument) {
    sweep();
    const auto document = json({"trials", "f.db", "--json", "--curves", "--top", "7"});
    std::istringstream lines(fine({"trials", "f.db", "--jsonl", "--curves", "--top", "7"}).out);
    nlohmann::json trials = nlohmann::json::array();
    for (std::string line; std::getline(lines, line);) trials.push_back(nlohmann::json::parse(line));
    EXPECT_EQ(trials, document["trials"]);
}

TEST_F(StudyExport, SaysWhatDoesNotFit) {
    sweep();
    EXPECT_THAT(run({"export", "f.db"}).err, AllOf(HasSubstr("--output"), HasSubstr("--optuna FILE")));
    EXPECT_THAT(run({"export", "f.db", "-o", "m.json", "--top", "3"}).err, HasSubstr("--top"));
    const Outcome other = run({"export", "f.db", "--optuna", "o.csv"});
    EXPECT_EQ(other.code, 2);
    EXPECT_THAT(other.err, HasSubstr("NAME.log"));
    const Outcome there = run({"export", "f.db", "--optuna", "f.db"});
    EXPECT_EQ(there.code, 1);
    EXPECT_THAT(there.err, HasSubstr("exists already"));
    EXPECT_EQ(run({"export", "f.db", "--optuna", "o.db", "--top", "3", "--sample", "3"}).code, 2);
}

TEST_F(StudyExport, AnOptunaStudyWarmsASweepUp) {
    sweep();
    fine({"export", "f.db", "--optuna", "o.db", "--quiet"});
    const std::vector<std::string> warm{"sweep", "flowers.csv", "--target", "kind", "-o", "w.db", "--trials", "20", "--epochs", "5", "--warm-start", "o.db", "--warm-map", "units=none"};
    EXPECT_THAT(fine(warm).err, AllOf(HasSubstr("taken over: "), HasSubstr("one_minus_momentum"), HasSubstr("warm start: the best 1 settings of o.db")));
    const std::string config = fine({"sweep", "--study", "w.db", "flowers.csv", "--target", "kind", "--warm-start", "o.db", "--warm-map", "units=none", "--print-config"}).out;
    EXPECT_THAT(config, AllOf(HasSubstr("warm_start = "), HasSubstr("warm_map = ")));
    std::filesystem::remove(path("o.db"));
    EXPECT_THAT(fine(warm).err, Not(HasSubstr("no such study"))) << "what was taken over is in the study";

    const std::vector<std::string> begin{"sweep", "flowers.csv", "--target", "kind", "-o", "x.db", "--trials", "20"};
    const auto refused = [&](std::vector<std::string> more) {
        more.insert(more.begin(), begin.begin(), begin.end());
        const Outcome outcome = run(more);
        EXPECT_EQ(outcome.code, 2) << outcome.err;
        return outcome.err;
    };
    fine({"export", "f.db", "--optuna", "p.db", "--quiet"});
    EXPECT_THAT(refused({"--warm-start", "p.db", "--warm-map", "kernel=units"}), AllOf(HasSubstr("--warm-map kernel"), HasSubstr("learning_rate")));
    EXPECT_THAT(refused({"--warm-start", "f.db", "--warm-map", "kernel=units"}), HasSubstr("no Optuna study"));
    EXPECT_THAT(refused({"--warm-map", "kernel=units"}), HasSubstr("--warm-start"));
}

TEST_F(StudyExport, AStudyThatOptunaMadeWarmsASweepUp) {
    if (!python("make_optuna.py", "theirs.db")) GTEST_SKIP() << "needs a python3 with optuna; set CAVIAR_PYTHON";
    write_flowers("flowers.csv");
    const std::string said = fine({"sweep", "flowers.csv", "--target", "kind", "-o", "w.db", "--trials", "20", "--epochs", "3", "--sampler", "random", "--warm-start", "theirs.db",
                                   "--vary", "optimizer=choice(sgd,rmsprop,adam)", "--vary", "learning_rate=log(1e-5,1)", "--vary", "layers=int(1,3)"}).err;
    EXPECT_THAT(said, AllOf(HasSubstr("taken over: lr, n_layers, n_units_l0, n_units_l1, n_units_l2, optimizer"), HasSubstr("no such hyperparameter: dropout_l0")));
    const auto first = json({"trials", "w.db", "--json", "--sort", "id", "--top", "1"})["trials"][0]["settings"];
    EXPECT_EQ(first["layers"], 2);
    EXPECT_NEAR(std::log10(first["learning_rate"].get<double>()), -1, 0.5) << "the best of 40 draws over five decades";
}

} // namespace
} // namespace caviar::test
