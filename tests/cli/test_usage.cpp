// Help, spelling, exit codes, and which stream says what.

#include "tests/cli/program.h"

#include <gmock/gmock.h>

namespace caviar::test {

namespace {

using testing::HasSubstr;
using testing::Not;

class Usage : public ProgramTest {};

TEST_F(Usage, HelpBeginsWithExamples) {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{}, {"--help"}, {"sweep", "--help"}, {"trials", "-h"}, {"bench", "--help"}, {"verify", "--help"}}) {
        const Outcome outcome = fine(arguments);
        const size_t examples = outcome.out.find("Examples:"), usage = outcome.out.find("Usage:");
        ASSERT_NE(examples, std::string::npos) << outcome.out;
        ASSERT_NE(usage, std::string::npos) << outcome.out;
        EXPECT_LT(examples, usage);
        EXPECT_THAT(outcome.out, Not(HasSubstr(":INT"))); // what the parser calls it is no help
        EXPECT_EQ(outcome.err, "");
    }
}

TEST_F(Usage, HelpListsEveryCommand) {
    const std::string help = fine({"--help"}).out;
    for (const char* name : {"demo", "inspect", "sweep", "resume", "trials", "export", "predict", "verify", "doctor", "bench", "completion"}) {
        EXPECT_THAT(help, HasSubstr("\n  " + std::string(name) + " ")) << name;
        EXPECT_THAT(fine({name, "--help"}).out, HasSubstr("Usage: caviar " + std::string(name)));
    }
}

TEST_F(Usage, Version) { EXPECT_EQ(fine({"--version"}).out, "caviar " CAVIAR_VERSION "\n"); }

TEST_F(Usage, MisspeltNamesGetASuggestion) {
    write_flowers("flowers.csv");
    struct Case {
        std::vector<std::string> arguments;
        const char* suggestion;
    };
    const std::vector<Case> cases{
        {{"swep", "flowers.csv"}, "did you mean 'sweep'"},
        {{"flowers.csv"}, "did you mean 'caviar sweep flowers.csv'"},
        {{"sweep", "flowers.csv", "--traget", "kind"}, "did you mean '--target'"},
        {{"sweep", "flowers.csv", "--target", "knd"}, "kind"},
        {{"sweep", "flowers.csv", "--target", "kind", "--sampler", "randm"}, "random"},
        {{"sweep", "flowers.csv", "--target", "kind", "--draw", "sobl"}, "sobol"},
        {{"sweep", "flowers.csv", "--target", "kind", "--plan", "stagd"}, "staged"},
        {{"sweep", "flowers.csv", "--target", "kind", "--plan", "staged", "--sampler", "grid"}, "coarse-to-fine"},
        {{"sweep", "flowers.csv", "--target", "kind", "--metric", "acuracy"}, "accuracy"},
        {{"sweep", "flowers.csv", "--target", "kind", "--vary", "learning_rat=log(1e-3,1)"}, "learning_rate"},
        {{"sweep", "flowers.csv", "--target", "kind", "--set", "optimizer=adan"}, "adam"},
        {{"sweep", "digts"}, "did you mean 'digits'"},
        {{"sweep", "flwers.csv"}, "did you mean 'flowers.csv'"},
    };
    for (const Case& c : cases) {
        const Outcome outcome = run(c.arguments);
        EXPECT_NE(outcome.code, 0);
        EXPECT_EQ(outcome.out, "");
        EXPECT_THAT(outcome.err, HasSubstr(c.suggestion));
    }
}

TEST_F(Usage, ExitCodesTellUsageFromDataFromDevice) {
    write("ragged.csv", "a,b,c\n1,2,3\n4,5\n");
    write("not-a-study.db", "nothing of the sort");
    write_flowers("flowers.csv");
    EXPECT_EQ(run({"sweep", "flowers.csv", "--target", "kind", "--trials", "many"}).code, 2);
    EXPECT_EQ(run({"sweep", "flowers.csv", "--target", "kind", "--vary", "learning_rate=log(1,"}).code, 2);
    EXPECT_EQ(run({"sweep", "flowers.csv", "--target", "kind", "--vary", "learning_rate=log(-1,1)"}).code, 2);
    EXPECT_EQ(run({"sweep", "flowers.csv", "--target", "kind", "--vary", "units=int(1,9)", "--set", "units=4"}).code, 2);
    EXPECT_EQ(run({"sweep", "flowers.csv", "--target", "kind", "--metric", "rmse"}).code, 2);
    EXPECT_EQ(run({"sweep"}).code, 2);
    EXPECT_EQ(run({"sweep", "ragged.csv", "--target", "c"}).code, 3);
    EXPECT_EQ(run({"sweep", "flowers.csv", "--target", "kind", "--engine", "cuda", "--device", "1023"}).code, 4);
    EXPECT_EQ(run({"trials", "not-a-study.db"}).code, 1);
    EXPECT_EQ(run({"trials", "flowers.csv", "--csv", "--json"}).code, 2);
    EXPECT_FALSE(std::filesystem::exists(path("flowers.db"))) << "a refused sweep leaves no study behind";
}

TEST_F(Usage, ErrorsNameTheFlagTheValueAndWhatIsAllowed) {
    write_flowers("flowers.csv");
    const auto error = [&](const std::vector<std::string>& more) {
        std::vector<std::string> arguments{"sweep", "flowers.csv", "--target", "kind"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments).err;
    };
    EXPECT_THAT(error({"--valid-share", "1.5"}), testing::AllOf(HasSubstr("--valid-share"), HasSubstr("1.5"), HasSubstr("0.9")));
    EXPECT_THAT(error({"--set", "dropout=2"}), testing::AllOf(HasSubstr("--set 'dropout=2'"), HasSubstr("below 1")));
    EXPECT_THAT(error({"--epochs", "0"}), testing::AllOf(HasSubstr("--epochs 0"), HasSubstr("from 1")));
    EXPECT_THAT(error({"--set", "optimizer=choice(sgd,adam)"}), HasSubstr("--vary"));
    const auto names = [](const char* flag, const char* value, const char* allowed) { return testing::AllOf(HasSubstr(flag), HasSubstr(value), HasSubstr(allowed)); };
    EXPECT_THAT(error({"--loss", "hinge"}), names("--loss", "hinge", "softmax_cross_entropy, binary_cross_entropy, mean_squared_error"));
    EXPECT_THAT(error({"--loss", "binary_cross_entropy"}), names("--loss: binary_cross_entropy", "multiclass", "allowed: softmax_cross_entropy\n"));
    EXPECT_THAT(error({"--metric", "r2"}), names("--metric: r2", "multiclass", "allowed: accuracy, log_loss"));
    EXPECT_THAT(error({"--isa", "avx9"}), names("--isa", "'avx9'", "plain, avx2, avx512"));
    EXPECT_THAT(error({"--engine", "gpu"}), names("--engine", "'gpu'", "auto, cpu, cuda"));
    EXPECT_THAT(error({"--sampler", "tpe", "--round-size", "-1"}), names("--round-size", "-1", "from 0 to 4096"));
    EXPECT_THAT(error({"--trials", "0"}), names("--trials", "0", "from 1 to"));
    // Commands that take no other settings take those of the engine alike.
    for (const char* command : {"verify", "resume", "predict", "bench", "demo"}) {
        const std::string said = run({command, "--isa", "avx9"}).err;
        EXPECT_THAT(said, names("--isa", "'avx9'", "plain, avx2, avx512")) << command;
        EXPECT_THAT(run({command, "--threads", "-3"}).err, names("--threads", "-3", "from 0 to 4096")) << command;
    }
    EXPECT_THAT(error({"--valid-share", "nan"}), HasSubstr("not \"nan\""));
    const std::string once = error({"--set", "layers=int(0,2)"});
    EXPECT_EQ(once.find("--set 'layers"), once.rfind("--set 'layers")) << once;
}

TEST_F(Usage, WhatHasNoEffectIsRefused) {
    write_flowers("flowers.csv");
    struct Case {
        std::vector<std::string> flags;
        const char *flag, *belongs_to;
    };
    const std::vector<Case> cases{
        {{"--sampler", "random", "--draw", "sobol"}, "--draw", "--sampler coarse-to-fine, and here that is random"},
        {{"--sampler", "tpe", "--rounds", "3"}, "--rounds", "--sampler coarse-to-fine"},
        {{"--sampler", "grid", "--explore", "0.1"}, "--explore", "--sampler coarse-to-fine"},
        {{"--points", "3"}, "--points", "--sampler grid"},
        {{"--round-size", "8"}, "--round-size", "--sampler tpe or gp"},
        {{"--eta", "4", "--scheduler", "median"}, "--eta", "--scheduler successive-halving, hyperband or asha, and here that is median"},
        {{"--min-epochs", "2"}, "--min-epochs", "--scheduler median"},
        {{"--asha-workers", "8", "--scheduler", "pbt"}, "--asha-workers", "--scheduler asha"},
        {{"--pbt-quantile", "0.3"}, "--pbt-quantile", "--scheduler pbt, and here that is none"},
        {{"--confirm-seeds", "2", "--trials", "20"}, "--confirm-seeds", "--confirm 1 or more, and here that is 0"},
        {{"--isa", "plain", "--engine", "cuda"}, "--isa", "--engine auto or cpu"},
        {{"--tier", "resident", "--engine", "cpu"}, "--tier", "--engine auto or cuda"},
        {{"--valid", "flowers.csv", "--valid-share", "0.3"}, "--valid-share", "without --valid"},
        {{"--set", "optimizer=sgd", "--set", "momentum=0.5"}, "--set 'momentum=0.5'", "optimizer in momentum,nesterov,adam,adamw, and here optimizer is sgd"},
        {{"--only", "--set", "layers=0", "--set", "dropout=0.1"}, "--set 'dropout=0.1'", "layers >= 1, and here layers is 0"},
        {{"--only", "--set", "warmup=0.1"}, "--set 'warmup=0.1'", "schedule in one_cycle, and here schedule is constant"},
    };
    for (const Case& c : cases) {
        std::vector<std::string> arguments{"sweep", "flowers.csv", "--target", "kind"};
        arguments.insert(arguments.end(), c.flags.begin(), c.flags.end());
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code, 2) << c.flag;
        EXPECT_THAT(outcome.err, testing::AllOf(HasSubstr(c.flag + std::string(": has an effect only")), HasSubstr(c.belongs_to)));
    }
    // From a file alike, where it is no default, as --print-config writes all of these, and where no flag chose otherwise.
    write("idle.toml", "[data]\npath = \"flowers.csv\"\ntarget = \"kind\"\n[search]\nsampler = \"grid\"\ntrials = 1\neta = 4\n");
    const Outcome file = run({"sweep", "--config", "idle.toml"});
    EXPECT_EQ(file.code, 2);
    EXPECT_THAT(file.err, HasSubstr("idle.toml:7:7: [search] eta: has an effect only with --scheduler"));
    fine({"sweep", "--config", "idle.toml", "--scheduler", "none", "--print-config"});
    write("usual.toml", "[data]\npath = \"flowers.csv\"\ntarget = \"kind\"\n[search]\neta = 3\n[train]\nwarmup = 0.2\n");
    fine({"sweep", "--config", "usual.toml", "--print-config"});
    EXPECT_FALSE(std::filesystem::exists(path("flowers.db")));
}

TEST_F(Usage, BuiltInDataRefuseWhatTheyCannotHeed) {
    for (const std::vector<std::string>& more : {std::vector<std::string>{"--target", "3"}, {"--no-header"}, {"--labels", "x"}, {"--test-share", "0.5"}}) {
        std::vector<std::string> arguments{"sweep", "digits"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code, 2);
        EXPECT_THAT(outcome.err, HasSubstr("digits is built in"));
    }
}

TEST_F(Usage, NoTargetListsTheColumns) {
    write_flowers("flowers.csv");
    const Outcome outcome = run({"sweep", "flowers.csv"});
    EXPECT_EQ(outcome.code, 2);
    for (const char* name : {"length", "width", "colour", "kind"}) EXPECT_THAT(outcome.out, HasSubstr(name));
    EXPECT_THAT(outcome.err, HasSubstr("caviar sweep flowers.csv --target kind"));
    const Outcome json = run({"sweep", "flowers.csv", "--json"});
    EXPECT_EQ(json.code, 2);
    EXPECT_EQ(json.out, "") << "with --json nothing but JSON goes to stdout";
    EXPECT_THAT(json.err, HasSubstr(outcome.out));
}

TEST_F(Usage, ColumnsShowLargeNumbersAsTheyAre) {
    std::string text = "id,y\n";
    for (int i = 0; i < 30; ++i) text += std::to_string(20'000'001 + i) + "," + std::to_string(i % 2) + "\n";
    write("ids.csv", text);
    // Floats tell only every other one apart here.
    EXPECT_THAT(fine({"inspect", "ids.csv"}).out, testing::ContainsRegex("id +whole numbers +30 +0 +regression +20000001"));
}

TEST_F(Usage, ListsHyperparameters) {
    const std::string list = fine({"sweep", "--list"}).out;
    for (const char* name : {"learning_rate", "momentum", "units_16", "bergstra", "weight_decay"}) EXPECT_THAT(list, HasSubstr(name));
}

TEST_F(Usage, AHugeGridNeedsAYes) {
    const Outcome outcome = run({"sweep", "digits", "--sampler", "grid"});
    EXPECT_EQ(outcome.code, 2);
    for (const char* word : {"the grid has ", " points", "--points", "--yes"}) EXPECT_THAT(outcome.err, HasSubstr(word));
    // 101 x 101 rates and decays are too many; a part of them is not.
    const std::vector<std::string> grid{"sweep", "digits", "--sampler", "grid", "--epochs", "1", "--only", "--set", "layers=0", "--vary", "learning_rate=log(1e-4,1)",
                                        "--vary", "weight_decay=log(1e-6,1e-2)", "--points"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), grid.begin(), grid.end());
        return run(more);
    };
    EXPECT_THAT(with({"101"}).err, HasSubstr("the grid has 10,201 points"));
    EXPECT_THAT(with({"101", "--trials", "1000000"}).err, HasSubstr("the grid has 10,201 points"));
    const Outcome part = with({"101", "--trials", "2"});
    EXPECT_EQ(part.code, 0);
    EXPECT_THAT(part.err, HasSubstr("Grid   10,201 points, the first 2 of them"));
    const Outcome small = with({"2", "--study", "small.db"});
    EXPECT_EQ(small.code, 0) << small.err;
    EXPECT_LT(small.err.find("Grid   4 points\n"), small.err.find("Study  ")) << "said before it starts";
}

TEST_F(Usage, NoColourOutsideATerminal) {
    write_flowers("flowers.csv");
    const Outcome outcome = fine({"sweep", "flowers.csv", "--target", "kind", "--trials", "4", "--epochs", "2"});
    EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("\x1b")));
    EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("\r")));
}

} // namespace

} // namespace caviar::test
