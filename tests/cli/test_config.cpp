// The settings file: against flags, printed and read back, errors with their place, and nonsense.

#include "tests/cli/program.h"

#include "caviar/error.h"
#include "host/cli/config.h"

#include <gmock/gmock.h>

#include <random>

namespace caviar::test {

namespace {

using testing::HasSubstr;

class Config : public ProgramTest {
protected:
    void SetUp() override {
        ProgramTest::SetUp();
        write_flowers("flowers.csv");
    }
};

constexpr const char* example = R"toml([data]
path = "flowers.csv"
target = -1
drop = ["colour"]
split_seed = 3

[space]
only = true
learning_rate = "log(1e-4, 1)"
optimizer = "choice(momentum, adam, adam)"
momentum = { dist = "beta(0.9, 0.999)", when = "optimizer=momentum,nesterov" }
units = "logint(4, 16)"
batch_size = 16

[search]
sampler = "random"
trials = 10
seed = 4

[train]
epochs = 3
metric = "log_loss"
layers = 2
)toml";

TEST_F(Config, FileAndFlagsSayTheSame) {
    write("settings.toml", example);
    const std::string file = fine({"sweep", "--config", "settings.toml", "--print-config"}).out;
    const std::string flags =
        fine({"sweep", "flowers.csv", "--target", "-1", "--drop", "colour", "--split-seed", "3", "--only", "--vary", "learning_rate=log(1e-4,1)",
              "--vary", "optimizer=choice(momentum,adam,adam)", "--vary", "momentum=beta(0.9,0.999) when optimizer=momentum,nesterov", "--vary",
              "units=logint(4,16)", "--vary", "batch_size=16", "--sampler", "random", "--trials", "10", "--seed", "4", "--epochs", "3",
              "--metric", "log_loss", "--set", "layers=2", "--print-config"})
            .out;
    EXPECT_EQ(file, flags);
    for (const char* line : {"target = \"-1\"", "drop = [\"colour\"]", "trials = 10", "epochs = 3", "metric = \"log_loss\"",
                             "layers = 2", "batch_size = 16"}) {
        EXPECT_THAT(file, HasSubstr(std::string("\n") + line + "\n"));
    }
}

TEST_F(Config, FlagsWin) {
    write("settings.toml", example);
    const std::string printed = fine({"sweep", "--config", "settings.toml", "--trials", "7", "--epochs", "9", "--set", "learning_rate=0.5",
                                      "--print-config"}).out;
    EXPECT_THAT(printed, HasSubstr("\ntrials = 7\n"));
    EXPECT_THAT(printed, HasSubstr("\nepochs = 9\n"));
    EXPECT_THAT(printed, HasSubstr("\nlearning_rate = 0.5\n"));
}

TEST_F(Config, PrintedSettingsReadBackToTheSame) {
    write("settings.toml", example);
    write_line("line.csv");
    const std::vector<std::vector<std::string>> sweeps{
        {"sweep", "digits"},
        {"sweep", "digits", "--config", CAVIAR_SOURCE "/bench/bergstra/space.toml"},
        {"sweep", "--config", "settings.toml"},
        {"sweep", "flowers.csv", "--target", "kind", "--set", "optimizer=sgd", "--scaling", "pca", "--missing", "x,?,"},
        {"sweep", "flowers.csv", "--target", "kind", "--draw", "random", "--plan", "staged"},
        {"sweep", "line.csv", "--target", "y", "--vary", "dropout=uniform(0,0.5)", "--valid-share", "0.3", "--header"},
        {"sweep", "line.csv", "--target", "y", "--set", "layers=3", "--set", "units=20", "--sampler", "grid", "--only", "--vary",
         "learning_rate=log(1e-3,1e-1)"},
    };
    for (std::vector<std::string> arguments : sweeps) {
        arguments.emplace_back("--print-config");
        const std::string printed = fine(arguments).out;
        write("printed.toml", printed);
        EXPECT_EQ(fine({"sweep", "--config", "printed.toml", "--print-config"}).out, printed);
    }
}

TEST_F(Config, PrintedSettingsTrainTheSameTrials) {
    const std::vector<std::string> sweep{"sweep", "flowers.csv", "--target", "kind", "--trials", "10", "--epochs", "2", "--set", "optimizer=adam"};
    std::vector<std::string> print = sweep;
    print.emplace_back("--print-config");
    write("printed.toml", fine(print).out);
    fine(sweep);
    // The study made from flags takes the printed settings as its own.
    const Outcome again = fine({"sweep", "--config", "printed.toml"});
    EXPECT_THAT(again.err, HasSubstr("flowers.db is finished"));
}

TEST_F(Config, ErrorsSayLineAndColumn) {
    struct Case {
        const char* text;
        const char* place;
        const char* what;
    };
    const std::vector<Case> cases{
        {"[data]\npath = \"flowers.csv\n", "bad.toml:2:", ""},
        {"[data]\ntraget = \"kind\"\n", "bad.toml:2:", "did you mean 'target'"},
        {"[spcae]\n", "bad.toml:1:", "did you mean 'space'"},
        {"[search]\ntrials = \"ten\"\n", "bad.toml:2:", "whole number"},
        {"[search]\n\n  trials = -3\n", "bad.toml:3:", "[search] trials"},
        {"[space]\nlearning_rate = \"log(1e-4\"\n", "bad.toml:2:", "[space] learning_rate"},
        {"[space]\nmomentum = { dist = \"beta(0.9,0.99)\", wen = \"optimizer=sgd\" }\n", "bad.toml:2:", "did you mean 'when'"},
        {"[space]\nmomentum = { when = \"optimizer=momentum\" }\n", "bad.toml:2:", "dist is missing"},
        {"[train]\noptimizer = \"adan\"\n", "bad.toml:2:", "adam"},
        {"[train]\nepoch = 3\n", "bad.toml:2:", "epochs"},
        {"data = 3\n", "bad.toml:1:", "table"},
    };
    for (const Case& c : cases) {
        write("bad.toml", c.text);
        const Outcome outcome = run({"sweep", "flowers.csv", "--target", "kind", "--config", "bad.toml"});
        EXPECT_EQ(outcome.code, 2) << c.text;
        EXPECT_THAT(outcome.err, HasSubstr(c.place)) << c.text;
        EXPECT_THAT(outcome.err, HasSubstr(c.what)) << c.text;
    }
    EXPECT_EQ(run({"sweep", "digits", "--config", "nowhere.toml"}).code, 2);
}

TEST(ConfigReader, NonsenseIsRefusedAndNothingElse) {
    // Mutations of a good file: bytes changed, cut out, doubled. Any Error is fine, anything else is not.
    std::mt19937 random(20240501);
    const std::string good = example;
    const std::string letters = "[]{}=\"'#.,()\n\t -0129eEx\\_\x7f\xff\xc3";
    int refused = 0, taken = 0;
    for (int round = 0; round < 4000; ++round) {
        std::string text = good;
        for (unsigned changes = 1 + random() % 6; changes > 0; --changes) {
            const size_t at = random() % text.size();
            switch (random() % 4) {
            case 0: text[at] = letters[random() % letters.size()]; break;
            case 1: text.erase(at, 1 + random() % 20); break;
            case 2: text.insert(at, text.substr(random() % text.size(), random() % 30)); break;
            default: text.insert(at, 1 + random() % 40, letters[random() % letters.size()]); break;
            }
            if (text.empty()) text = "x";
        }
        cli::Request request;
        try {
            cli::read_config(text, "fuzz.toml", request);
            ++taken;
        } catch (const Error& error) {
            ++refused;
            EXPECT_EQ(error.code(), ExitCode::usage);
        }
    }
    EXPECT_GT(refused, 1000);
    EXPECT_GT(taken, 20) << "some mutations, such as in a comment or a number, are harmless";
}

TEST(ConfigReader, DeepNestingIsRefused) {
    cli::Request request;
    EXPECT_THROW(cli::read_config("[data]\ndrop = " + std::string(100000, '['), "deep.toml", request), UsageError);
    EXPECT_THROW(cli::read_config(std::string(size_t{2} << 20, ' '), "long.toml", request), UsageError);
}

TEST(ConfigReader, DeepKeysAreRefused) {
    const auto said = [](const std::string& text) -> std::string {
        cli::Request request;
        try {
            cli::read_config(text, "deep.toml", request);
        } catch (const UsageError& error) {
            return error.what();
        }
        return "";
    };
    const auto times = [](int count, const std::string& text) {
        std::string all;
        while (count-- > 0) all += text;
        return all;
    };
    const std::string deep = times(100000, "a.");
    for (const std::string& text : {"[" + deep + "b]\n", deep + "b = 1\n", "[[" + deep + "b]]\n", "x = {" + deep + "b = 1}\n", times(100000, "\"a\" . ") + "b = 1\n"})
        EXPECT_THAT(said("# one line\n" + text), HasSubstr("deep.toml:2: a key with more than 32 dots")) << text.substr(0, 20);
    // What comes before must not hide a key: strings that end in quotes, quotes in comments, escapes.
    for (const std::string before : {"x = \"\"\"a\"\"\"\"\"\n", "x = '''a''''\n", "x = 1 # it's \"\n", "x = \"\\\"\"\n", "x = '\\'\n", "x = \"\"\n"})
        EXPECT_THAT(said(before + deep + "b = 1\n"), HasSubstr("deep.toml:2: a key")) << before;
    EXPECT_THAT(said("x = \"\"\"\n\\\n\"\"\"\n" + deep + "b = 1\n"), HasSubstr("deep.toml:4: a key"));
    // As deep as both limits together allow: an error like any other.
    EXPECT_NE(said(times(1000, "x = {\n" + times(32, "a.")) + "b"), "");
    EXPECT_NE(said(times(250, times(32, "a.") + "b = [{") + "c = 1" + times(250, "}]")), "");
    // Dots elsewhere are not counted.
    const std::string dots(100, '.');
    EXPECT_EQ(said("# " + dots + "\n[data]\npath = \"" + dots + "\" # " + dots + "\ndrop = ['" + dots + "', \"\"\"" + dots + "\n\"\"\"]\n"), "");
}

} // namespace

} // namespace caviar::test
