// Seeds as a user meets them: repeats, confirmation, and how sure the winner is.

#include "tests/cli/program.h"

#include <gmock/gmock.h>

namespace caviar::test {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Seeds : public ProgramTest {
protected:
    void SetUp() override {
        ProgramTest::SetUp();
        write_flowers("flowers.csv");
    }
    std::vector<std::string> quick(std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments{"sweep", "flowers.csv", "--target", "kind", "--trials", "12", "--epochs", "4", "--set", "units=8"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
};

TEST_F(Seeds, TheConfirmedWinnerIsTheSameEverywhere) {
    const auto document = json(quick({"--confirm", "2", "--confirm-seeds", "3", "--keep", "1", "--json", "--quiet"}));
    EXPECT_EQ(document["trials"], 12);
    const auto& winner = document["winner"];
    EXPECT_EQ(winner["confirmed"], true);
    EXPECT_EQ(winner["compared"], 2);
    EXPECT_EQ(winner["seeds"].size(), 3u);
    for (const auto& id : winner["seeds"]) EXPECT_GE(id.get<int>(), 6);
    EXPECT_GT(winner["chance"].get<double>(), 0);
    const auto id = winner["trial"];
    EXPECT_EQ(document["best"]["id"], id);
    EXPECT_EQ(document["test"]["trial"], id);
    EXPECT_EQ(document["top"][0]["id"], id);
    EXPECT_EQ(document["top"][0]["seeds"]["trials"], winner["seeds"]);
    EXPECT_EQ(json({"verify", "flowers.db", "--json"})["checked"], nlohmann::json({id}));
    const Outcome exported = fine({"export", "flowers.db", "-o", "model.json"});
    EXPECT_THAT(exported.err, AllOf(HasSubstr("trial " + id.dump()), Not(HasSubstr("trained again"))));

    const Outcome shown = fine({"resume", "flowers.db"});
    EXPECT_THAT(shown.out, AllOf(HasSubstr("+-"), HasSubstr("3 fresh seeds"), HasSubstr("P(best) = "), HasSubstr("2 confirmed settings")));
}

TEST_F(Seeds, RepeatsShowMeanAndDeviation) {
    const Outcome outcome = fine(quick({"--repeats", "3"}));
    EXPECT_THAT(outcome.err, HasSubstr("each trained with 3 seeds"));
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("+-  seeds"), HasSubstr("The best 4 settings of 12 trials"), HasSubstr("Mean of its settings' 3 seeds")));
    EXPECT_THAT(fine(quick({"--repeats", "3"})).out, outcome.out);
    EXPECT_THAT(run(quick()).err, HasSubstr("repeats: the study has 3, this command 1"));
}

TEST_F(Seeds, AHundredTrialsConfirmFiveUnlessToldOtherwise) {
    const auto printed = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"sweep", "flowers.csv", "--target", "kind", "--print-config"});
        return fine(more).out;
    };
    EXPECT_THAT(printed({}), AllOf(HasSubstr("\nconfirm = 5\n"), HasSubstr("\nconfirm_seeds = 3\n"), HasSubstr("\nrepeats = 1\n")));
    for (const std::vector<std::string>& none : {std::vector<std::string>{"--trials", "99"}, {"--confirm", "0"}, {"--repeats", "2"}, {"--vary", "seed=1"},
                                                 {"--scheduler", "pbt", "--set", "units=8", "--set", "layers=1", "--set", "activation=relu"}})
        EXPECT_THAT(printed(none), HasSubstr("\nconfirm = 0\n")) << none[0];
    write("settings.toml", printed({"--confirm", "7", "--confirm-seeds", "2"}));
    EXPECT_THAT(fine({"sweep", "--config", "settings.toml", "--print-config"}).out, AllOf(HasSubstr("\nconfirm = 7\n"), HasSubstr("\nconfirm_seeds = 2\n")));
}

TEST_F(Seeds, WhatIsNotSaidFollowsTheStudy) {
    fine(quick({"--sampler", "random"}));
    const auto more = json({"sweep", "flowers.csv", "--target", "kind", "--trials", "100", "--epochs", "4", "--set", "units=8", "--sampler", "random", "--json", "--quiet"});
    EXPECT_EQ(more["trials"], 100);
    EXPECT_FALSE(more["winner"]["confirmed"]);
    EXPECT_EQ(more["winner"]["compared"], 100 - more["diverged"].get<int>());
    EXPECT_THAT(run(quick({"--sampler", "random", "--confirm", "1"})).err, HasSubstr("confirm: the study has 0, this command 1"));
    // The default, once it is said, is no longer "nobody said".
    EXPECT_THAT(run(quick({"--sampler", "random", "--trials", "100", "--confirm", "5"})).err, HasSubstr("confirm: the study has 0, this command 5"));
    write("said.toml", "[search]\nconfirm = 5\n");
    EXPECT_THAT(run(quick({"--sampler", "random", "--trials", "100", "--config", "said.toml"})).err, HasSubstr("confirm: the study has 0, this command 5"));
}

TEST_F(Seeds, WhatCannotBeIsRefused) {
    const auto said = [&](const std::vector<std::string>& flags) {
        const Outcome outcome = run(quick(flags));
        EXPECT_EQ(outcome.code, 2) << outcome.err;
        EXPECT_FALSE(std::filesystem::exists(path("flowers.db")));
        return outcome.err;
    };
    EXPECT_THAT(said({"--confirm", "5"}), HasSubstr("15 of 12 trials"));
    EXPECT_THAT(said({"--confirm", "-1"}), HasSubstr("from 0 to"));
    EXPECT_THAT(said({"--repeats", "0"}), HasSubstr("from 1 to"));
    EXPECT_THAT(said({"--repeats", "13"}), HasSubstr("do not fit into 12 trials"));
    EXPECT_THAT(said({"--repeats", "2", "--vary", "seed=3"}), HasSubstr("hyperparameter seed"));
    EXPECT_THAT(said({"--repeats", "2", "--scheduler", "pbt", "--set", "layers=1", "--set", "activation=relu"}), HasSubstr("pbt"));
}

} // namespace

} // namespace caviar::test
