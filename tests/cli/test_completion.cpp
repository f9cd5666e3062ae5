// The completion scripts, asked by the shells that they are for.

#include "tests/cli/program.h"

#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace caviar::test {

namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;

/// What a shell command prints on stdout, by lines.
std::vector<std::string> answers_of(const std::string& command) {
    FILE* pipe = popen(command.c_str(), "r");
    EXPECT_NE(pipe, nullptr);
    std::vector<std::string> lines;
    std::array<char, 4096> line{};
    while (std::fgets(line.data(), line.size(), pipe)) {
        lines.emplace_back(line.data());
        while (!lines.back().empty() && lines.back().back() == '\n') lines.back().pop_back();
    }
    EXPECT_EQ(pclose(pipe), 0) << command;
    return lines;
}

bool has(const std::string& shell) { return std::system(("command -v " + shell + " >/dev/null 2>&1").c_str()) == 0; }

class Completion : public ProgramTest {
protected:
    void SetUp() override {
        ProgramTest::SetUp();
        write("caviar.bash", fine({"completion", "bash"}).out);
    }

    /// What bash offers for the last of these words; words as Readline splits them, so '=' is one.
    std::vector<std::string> offered(const std::vector<std::string>& words) {
        std::string list;
        for (const std::string& word : words) list += " '" + word + "'";
        write("ask.bash", "set -u\nsource ./caviar.bash\nCOMP_WORDS=(caviar" + list + ")\nCOMP_CWORD=" + std::to_string(words.size()) +
                              "\n_caviar\nif ((${#COMPREPLY[@]})); then printf '%s\\n' \"${COMPREPLY[@]}\"; fi\n");
        return answers_of("cd '" + path("").string() + "' && bash --norc ask.bash 2>&1");
    }
};

TEST_F(Completion, OffersCommands) {
    EXPECT_THAT(offered({""}), IsSupersetOf({"demo", "sweep", "resume", "predict", "completion", "--help"}));
    EXPECT_THAT(offered({"sw"}), ElementsAre("sweep"));
}

TEST_F(Completion, OffersTheFlagsOfEachCommand) {
    EXPECT_THAT(offered({"sweep", "--sa"}), ElementsAre("--sampler"));
    EXPECT_THAT(offered({"predict", "--"}), AllOf(Contains("--output"), Each(StartsWith("--")), Not(Contains("--sampler"))));
    // every long flag that the help page shows
    for (const char* command : {"demo", "inspect", "sweep", "resume", "panda", "trials", "report", "export", "predict", "retune", "verify", "doctor", "bench"}) {
        const std::string help = fine({command, "--help"}).out;
        for (const std::string& flag : offered({command, "--"})) EXPECT_THAT(help, HasSubstr(flag)) << command;
        EXPECT_THAT(offered({command, "--hel"}), ElementsAre("--help"));
    }
}

TEST_F(Completion, OffersWordsWhereThereAreFew) {
    EXPECT_THAT(offered({"sweep", "--sampler", ""}), IsSupersetOf({"tpe", "gp", "coarse-to-fine", "grid"}));
    EXPECT_THAT(offered({"sweep", "--sampler", "=", "tp"}), ElementsAre("tpe"));
    EXPECT_THAT(offered({"sweep", "--scheduler", "="}), Contains("asha"));
    EXPECT_THAT(offered({"resume", "--engine", "c"}), ElementsAre("cpu", "cuda"));
    EXPECT_THAT(offered({"sweep", "--metric", "r"}), ElementsAre("rmse", "r2"));
    EXPECT_THAT(offered({"completion", ""}), ElementsAre("bash", "zsh"));
    EXPECT_THAT(offered({"trials", "--state", ""}), ElementsAre("waiting", "complete", "diverged", "stopped"));
    EXPECT_THAT(offered({"trials", "--sort", "l"}), ElementsAre("loss", "learning_rate", "layers"));
    EXPECT_THAT(offered({"predict", "--format", "="}), ElementsAre("csv", "jsonl"));
    EXPECT_THAT(offered({"bench", "-w", ""}), ElementsAre("W1", "W3", "W4", "W7"));
    EXPECT_THAT(offered({"sweep", "--trials", ""}), IsEmpty());
}

TEST_F(Completion, OffersHyperparametersAndTheirWords) {
    EXPECT_THAT(offered({"sweep", "--set", "opt"}), ElementsAre("optimizer="));
    EXPECT_THAT(offered({"sweep", "-v", "learning"}), ElementsAre("learning_rate="));
    EXPECT_THAT(offered({"sweep", "--set", "optimizer", "="}), Contains("nesterov"));
    EXPECT_THAT(offered({"sweep", "--set", "optimizer", "=", "ada"}), ElementsAre("adam", "adamw"));
}

TEST_F(Completion, OffersFilesAndBuiltInData) {
    write("my houses.csv", "");
    EXPECT_THAT(offered({"sweep", "dig"}), ElementsAre("digits"));
    EXPECT_THAT(offered({"sweep", "my"}), ElementsAre("my houses.csv"));
    EXPECT_THAT(offered({"sweep", "--config", "my"}), ElementsAre("my houses.csv"));
    EXPECT_THAT(offered({"report", "my"}), ElementsAre("my houses.csv"));
    EXPECT_THAT(offered({"report", "--html", "my"}), ElementsAre("my houses.csv"));
    std::filesystem::create_directory(path("my runs"));
    EXPECT_THAT(offered({"export", "--tensorboard", "my"}), ElementsAre("my runs")) << "it is a folder";
}

TEST_F(Completion, ZshUnderstandsItsScript) {
    if (!has("zsh")) GTEST_SKIP() << "zsh is not installed";
    write("_caviar", fine({"completion", "zsh"}).out);
    const std::string here = "cd '" + path("").string() + "' && ";
    // what _arguments is given, as completing would call it
    write("ask.zsh", "compdef() {}; _arguments() { print -rl -- \"$@\" }; source ./_caviar\nwords=(caviar sweep --s); CURRENT=3; _caviar\n"
                     "words=(caviar trials --s); CURRENT=3; _caviar\nwords=(caviar export --t); CURRENT=3; _caviar\n");
    const auto given = answers_of(here + "zsh -f ask.zsh");
    EXPECT_THAT(given, Contains(AllOf(HasSubstr("--sampler="), HasSubstr("coarse-to-fine"))));
    EXPECT_THAT(given, Contains(AllOf(StartsWith("*--vary="), HasSubstr("_caviar_setting"))));
    EXPECT_THAT(given, Contains("1:DATA:_caviar_data"));
    EXPECT_THAT(given, Contains(AllOf(HasSubstr("--state="), HasSubstr(":NAME:(waiting complete"))));
    EXPECT_THAT(given, Contains(AllOf(HasSubstr("--tensorboard="), HasSubstr(":DIR:_files -/"))));
}

TEST_F(Completion, OtherShellsAreRefused) {
    const Outcome outcome = run({"completion", "fish"});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("allowed: bash, zsh"));
}

} // namespace

} // namespace caviar::test
