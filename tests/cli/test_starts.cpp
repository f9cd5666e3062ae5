// Sweeps that begin with what is there: --warm-start, --init, retune.

#include "tests/cli/program.h"

#include <gmock/gmock.h>

namespace caviar::test {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Starts : public ProgramTest {
protected:
    void SetUp() override {
        ProgramTest::SetUp();
        write_flowers("old.csv");
        write_flowers("new.csv", 120);
        fine(sweep("old.csv", "old.db", {"--sampler", "random", "--trials", "8", "--set", "layers=1", "--set", "activation=tanh"}));
    }
    static std::vector<std::string> sweep(const std::string& data, const std::string& study, const std::vector<std::string>& more) {
        std::vector<std::string> words{"sweep", data, "--target", "kind", "-o", study, "--epochs", "4", "--vary", "units=logint(4,16)", "--quiet"};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    /// The same without the parameters that a model decides.
    static std::vector<std::string> begun(const std::string& study, const std::vector<std::string>& more) {
        std::vector<std::string> words{"sweep", "new.csv", "--target", "kind", "-o", study, "--epochs", "4", "--sampler", "random", "--trials", "6"};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
};

TEST_F(Starts, AWarmStartTriesTheBestOfAnotherStudyAndNeedsItOnce) {
    const auto best = json({"trials", "old.db", "--top", "1", "--json"})["trials"][0]["settings"];
    const auto command = sweep("new.csv", "new.db", {"--trials", "20", "--warm-start", "old.db", "--json"});
    const auto document = json(command);
    const auto trials = json({"trials", "new.db", "--sort", "id", "--json"})["trials"];
    ASSERT_EQ(trials.size(), 20u);
    EXPECT_EQ(trials[0]["settings"]["learning_rate"], best["learning_rate"]);
    EXPECT_EQ(trials[0]["settings"]["units"], best["units"]);
    EXPECT_EQ(document["settings"]["sampler"]["warm_start"]["from"][0], "old.db");
    std::filesystem::remove(path("old.db"));
    EXPECT_EQ(json(command)["best"], document["best"]) << "the study has what it took over";
    EXPECT_EQ(json({"resume", "new.db", "--json"})["best"], document["best"]);
    EXPECT_EQ(json({"verify", "new.db", "--sample", "4", "--json"})["equal"], true);
    const Outcome gone = run(sweep("new.csv", "another.db", {"--warm-start", "old.db"}));
    EXPECT_EQ(gone.code, 1);
    EXPECT_THAT(gone.err, HasSubstr("old.db: no such study"));
}

TEST_F(Starts, AWarmStartSaysWhatItTakesAndPrintsBack) {
    std::vector<std::string> command = sweep("new.csv", "new.db", {"--trials", "40", "--warm-start", "old.db"});
    std::erase(command, "--quiet");
    EXPECT_THAT(fine(command).err, AllOf(HasSubstr("warm start: the best 2 settings of old.db, then 6 trials where its best lie"), HasSubstr("learning_rate")));
    command.push_back("--print-config");
    const std::string printed = fine(command).out;
    EXPECT_THAT(printed, HasSubstr("warm_start = [\"old.db\"]"));
    write("settings.toml", printed);
    EXPECT_EQ(fine({"sweep", "--config", "settings.toml", "--print-config"}).out, printed);
    const Outcome sgd = run(sweep("new.csv", "sgd.db", {"--warm-start", "old.db", "--vary", "optimizer=choice(rmsprop,sgd)"}));
    EXPECT_EQ(sgd.code, 2);
    EXPECT_THAT(sgd.err, AllOf(HasSubstr("--warm-start"), HasSubstr("optimizer")));
    EXPECT_EQ(run(sweep("new.csv", "grid.db", {"--warm-start", "old.db", "--sampler", "grid"})).code, 2);
}

TEST_F(Starts, InitStartsFromAModelAndKeepsIt) {
    fine({"export", "old.db", "-o", "old.json", "--quiet"});
    const auto command = begun("new.db", {"--init", "old.json"});
    const Outcome first = fine(command);
    EXPECT_THAT(first.err, AllOf(HasSubstr("Init   old.json"), HasSubstr("tanh"), HasSubstr("do not vary")));
    const auto old = json({"trials", "old.db", "--top", "1", "--json"})["trials"][0]["hyperparameters"];
    const auto listed = json({"trials", "new.db", "--json"});
    for (const auto& trial : listed["trials"]) {
        EXPECT_EQ(trial["hyperparameters"]["layers"], 1);
        EXPECT_EQ(trial["hyperparameters"]["hidden"], old["hidden"]);
        EXPECT_FALSE(trial["settings"].contains("units"));
    }
    std::filesystem::remove(path("old.json"));
    EXPECT_EQ(json({"verify", "new.db", "--sample", "6", "--json"})["equal"], true);
    fine({"export", "new.db", "-o", "new.json", "--quiet"});
    fine({"export", "new.db", "--trial", "3", "-o", "third.json", "--quiet"});
    fine({"predict", "new.json", "new.csv"});
    EXPECT_EQ(fine(command).out, first.out) << "finished, and the model is in the study";
    EXPECT_EQ(run(begun("other.db", {"--init", "old.json"})).code, 3);

    // An exported model can go on, and so can a study's best.
    fine(begun("further.db", {"--init", "new.db"}));
    const auto settings = json({"sweep", "new.csv", "-t", "kind", "-o", "json.db", "--trials", "2", "--epochs", "1", "--init", "new.json", "--json"})["settings"];
    EXPECT_EQ(settings["initial"]["file"], "new.json");
}

TEST_F(Starts, InitRefusesWhatContradictsIt) {
    fine({"export", "old.db", "-o", "old.json", "--quiet"});
    const auto refused = [&](const std::vector<std::string>& more, const std::string& part) {
        std::vector<std::string> words = begun("x.db", more);
        words.insert(words.end(), {"--init", "old.json"});
        const Outcome outcome = run(words);
        EXPECT_NE(outcome.code, 0) << part;
        EXPECT_THAT(outcome.err, HasSubstr(part));
        EXPECT_FALSE(std::filesystem::exists(path("x.db")));
    };
    refused({"--set", "layers=3"}, "--set 'layers=3': contradicts --init old.json");
    refused({"--vary", "units=int(2,9)"}, "--vary 'units=int(2,9)': contradicts --init old.json");
    refused({"--scaling", "pca"}, "--scaling pca: contradicts");
    refused({"--loss", "mean_squared_error"}, "contradicts old.json");
    refused({"--drop", "colour"}, "cannot be dropped");
    const std::string printed = fine(begun("x.db", {"--init", "old.json", "--print-config"})).out;
    write("settings.toml", printed);
    EXPECT_EQ(fine({"sweep", "--config", "settings.toml", "--print-config"}).out, printed) << "what it decides may be said again";
    write("lines.json", "{}");
    EXPECT_EQ(run(begun("y.db", {"--init", "lines.json"})).code, 3);

    fine(begun("new.db", {"--init", "old.json"}));
    fine({"export", "new.db", "-o", "old.json", "--quiet"});
    const Outcome another = run(begun("new.db", {"--init", "old.json"}));
    EXPECT_EQ(another.code, 2);
    EXPECT_THAT(another.err, HasSubstr("initial_model"));
}

TEST_F(Starts, RetuneSaysWhetherTheWinnerHolds) {
    const std::vector<std::string> command{"retune", "old.db", "new.csv", "--trials", "24", "--seeds", "3", "--json", "--quiet"};
    const auto document = json(command);
    EXPECT_EQ(document["study"], "old-retuned.db");
    EXPECT_EQ(document["old"]["study"], "old.db");
    EXPECT_TRUE(document["as_is"]["valid"].is_number());
    EXPECT_EQ(document["incumbent"]["seeds"], 3);
    EXPECT_GT(document["others"]["trials"], 5);
    const std::string verdict = document["verdict"];
    EXPECT_THAT(verdict, testing::AnyOf("model holds", "settings hold", "settings fail"));
    if (verdict != "settings fail") { EXPECT_LT(document["trials"], 24) << "no more than needed"; }
    EXPECT_EQ(json(command), document) << "the same command shows the same";
    std::filesystem::remove(path("old.csv"));
    EXPECT_EQ(json(command), document) << "and needs the old data no more";

    EXPECT_THAT(fine({"retune", "old.db", "new.csv", "--trials", "24"}).err, Not(HasSubstr("very data")));
    fine({"retune", "old.db", "new.csv"}); // what is not said is the study's
    const Outcome more = run({"retune", "old.db", "new.csv", "--trials", "64", "--seeds", "5"});
    EXPECT_EQ(more.code, 2);
    EXPECT_THAT(more.err, AllOf(HasSubstr("trials: the study has 24, this command 64"), HasSubstr("seeds: the study has 3, this command 5"), HasSubstr("-o OTHER.db")));
    const Outcome blind = fine({"retune", "old.db", "new.csv", "-o", "blind.db", "--trials", "20", "--seeds", "2"});
    EXPECT_THAT(blind.err, AllOf(HasSubstr("cannot be measured"), HasSubstr("--model")));
    EXPECT_THAT(blind.out, AllOf(HasSubstr("the same net, as it is"), HasSubstr("its settings, 2 seeds"), testing::ContainsRegex("hold|fail")));
}

TEST_F(Starts, RetuneSeesThatAnotherTargetIsAnotherProblem) {
    // The classes are dealt out anew: what was learnt is of no use, and the old net must be seen to be wrong.
    std::string text = read("new.csv");
    for (size_t at = 0; (at = text.find("rose", at)) != std::string::npos; at += 4) text.replace(at, 4, "ROSE");
    for (size_t at = 0; (at = text.find("lily", at)) != std::string::npos; at += 4) text.replace(at, 4, "rose");
    for (size_t at = 0; (at = text.find("ROSE", at)) != std::string::npos; at += 4) text.replace(at, 4, "lily");
    write("swapped.csv", text);
    const auto document = json({"retune", "old.db", "swapped.csv", "--trials", "20", "--seeds", "3", "--json", "--quiet"});
    EXPECT_LT(document["as_is"]["valid"], 0.5) << "two of three classes are the wrong way round";
    EXPECT_NE(document["verdict"], "model holds");
    EXPECT_EQ(run({"retune", "old.db", "nowhere.csv"}).code, 3);
    EXPECT_EQ(run({"retune", "old.db", "new.csv", "-o", "old.db"}).code, 2) << "a study that retunes nothing";
}

} // namespace
} // namespace caviar::test
