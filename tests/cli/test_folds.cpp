// Cross-validation as a user meets it.

#include "tests/cli/program.h"

#include <gmock/gmock.h>

namespace caviar::test {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Folds : public ProgramTest {
protected:
    void SetUp() override {
        ProgramTest::SetUp();
        write_flowers("flowers.csv");
    }
    std::vector<std::string> quick(std::vector<std::string> more = {}, const std::string& command = "sweep") const {
        std::vector<std::string> arguments{command, "flowers.csv", "--target", "kind", "--epochs", "4", "--set", "units=8"};
        if (command == "sweep") arguments.insert(arguments.end(), {"--trials", "12"});
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
};

TEST_F(Folds, OneStudyThroughEveryCommand) {
    const Outcome swept = fine(quick({"--cv", "3"}));
    EXPECT_THAT(swept.err, AllOf(HasSubstr("120 training rows in 3 folds, each of which validates once, 30 test rows"), HasSubstr("each trained in 3 folds")));
    EXPECT_THAT(swept.out, AllOf(HasSubstr("+-  folds"), HasSubstr("The best 4 settings of 12 trials"), HasSubstr("Mean of its settings' 3 folds"),
                                 HasSubstr("trained again on all rows but the test rows for"), HasSubstr("validation (mean)")));
    EXPECT_THAT(run(quick()).err, HasSubstr("cv: the study has 3, this command not set"));

    const auto document = json({"resume", "flowers.db", "--json", "--quiet"});
    EXPECT_EQ(document["data"]["folds"], 3);
    EXPECT_EQ(document["winner"]["confirmed"], false);
    EXPECT_EQ(document["winner"]["seeds"].size(), 3u);
    EXPECT_EQ(document["test"]["valid"], document["winner"]["mean"]);
    EXPECT_GE(document["test"]["refit_epochs"].get<int>(), 1);
    const int leader = document["winner"]["seeds"][0], best = document["best"]["id"];
    EXPECT_EQ(leader % 3, 0);

    for (const auto& trial : json({"trials", "flowers.db", "--json"})["trials"]) EXPECT_EQ(trial["fold"], trial["id"].get<int>() % 3);
    EXPECT_THAT(fine({"report", "flowers.db"}).out, AllOf(HasSubstr("trained again on all rows"), HasSubstr("3 folds"), HasSubstr("winner (mean)")));
    const auto report = json({"report", "flowers.db", "--json"});
    EXPECT_EQ(report["best_metric"], report["winner"]["mean"]) << "not the luckiest fold's";
    EXPECT_TRUE(json({"verify", "flowers.db", "--sample", "12", "--json"})["equal"].get<bool>());

    EXPECT_THAT(fine({"export", "flowers.db", "-o", "all.json"}).err, HasSubstr("(mean of 3 folds), trained on all rows but the test rows"));
    EXPECT_THAT(fine({"export", "flowers.db", "-o", "fold.json", "--trial", "4"}).err, HasSubstr("trial 4 (fold 1 of 3, from 0)"));
    EXPECT_NE(read("all.json"), read("fold.json"));
    for (const char* model : {"all.json", "fold.json"}) EXPECT_THAT(fine({"predict", model, "flowers.csv"}).out, HasSubstr("iris"));

    write("run.txt", "compare\n");
    EXPECT_THAT(fine({"panda", "flowers.db", "--trial", std::to_string(best), "--script", "run.txt", "--study", "panda.db"}).err,
                AllOf(HasSubstr("bit for bit"), HasSubstr("Fold   " + std::to_string(best % 3) + " of 3")));
    write("panda.toml", fine({"panda", "panda.db", "--print-config"}).out);
    EXPECT_THAT(read("panda.toml"), AllOf(HasSubstr("\ncv = 3\n"), HasSubstr("\nfold = " + std::to_string(best % 3) + "\n")));

    EXPECT_THAT(run(quick({"--init", "flowers.db", "--study", "begun.db"})).err, AllOf(HasSubstr("cross-validated"), HasSubstr("caviar export flowers.db")));
    write_flowers("new.csv", 180);
    const auto retuned = json({"retune", "flowers.db", "new.csv", "--trials", "30", "--model", "all.json", "--json", "--quiet"});
    EXPECT_EQ(retuned["old"]["valid"], document["winner"]["mean"]);
    EXPECT_TRUE(retuned["as_is"]["valid"].is_number());
}

TEST_F(Folds, OneFoldIsAnOrdinarySweep) {
    const auto one = json(quick({"--cv", "4", "--fold", "2", "--json", "--quiet"}));
    EXPECT_TRUE(one["data"]["folds"].is_null());
    EXPECT_EQ(one["data"]["rows"]["valid"], 30);
    EXPECT_EQ(one["top"][0]["seeds"]["trials"].size(), 1u);
    const std::string printed = fine(quick({"--cv", "4", "--fold", "2", "--trials", "200", "--print-config"})).out;
    EXPECT_THAT(printed, AllOf(HasSubstr("\ncv = 4\n"), HasSubstr("\nfold = 2\n"), HasSubstr("\nconfirm = 5\n")));
    write("settings.toml", fine(quick({"--cv", "4", "--trials", "200", "--print-config"})).out);
    EXPECT_THAT(read("settings.toml"), AllOf(HasSubstr("\ncv = 4\n"), Not(HasSubstr("\nfold")), HasSubstr("\nconfirm = 0\n")));
    EXPECT_EQ(fine({"sweep", "--config", "settings.toml", "--print-config"}).out, read("settings.toml"));
    EXPECT_THAT(fine(quick({"--cv", "3"}, "inspect")).err, HasSubstr("3 folds"));
}

TEST_F(Folds, WhatCannotBeIsRefused) {
    const auto said = [&](const std::vector<std::string>& arguments) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code, 2) << outcome.err;
        EXPECT_FALSE(std::filesystem::exists(path("flowers.db")));
        return outcome.err;
    };
    EXPECT_THAT(said(quick({"--cv", "1"})), HasSubstr("at least 2 folds"));
    EXPECT_THAT(said(quick({"--fold", "1"})), HasSubstr("fold: there are none"));
    EXPECT_THAT(said(quick({"--cv", "3", "--valid", "flowers.csv"})), HasSubstr("leave out --cv or --valid"));
    EXPECT_THAT(said(quick({"--cv", "3", "--valid-labels", "flowers.csv"})), HasSubstr("--valid-labels"));
    EXPECT_THAT(said(quick({"--cv", "3", "--confirm", "1"})), HasSubstr("confirm: with cv"));
    EXPECT_THAT(said(quick({"--cv", "3", "--repeats", "2"})), HasSubstr("repeats: with cv"));
    EXPECT_THAT(said(quick({"--cv", "3", "--scheduler", "pbt", "--set", "layers=1", "--set", "activation=relu"})), HasSubstr("pbt"));
    EXPECT_THAT(said(quick({"--cv", "3"}, "panda")), HasSubstr("say which with --fold"));
    EXPECT_THAT(said({"sweep", "rectangles", "--cv", "3"}), HasSubstr("validation rows of its own"));
}

} // namespace

} // namespace caviar::test
