// Pieces of text that need no child process.

#include "caviar/error.h"
#include "host/cli/command.h"
#include "host/cli/request.h"
#include "host/cli/sparkline.h"
#include "host/cli/sweep_run.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace caviar::test {

namespace {

TEST(Entry, ReadsNameDistributionAndCondition) {
    const cli::SpaceEntry entry = cli::parse_entry(" momentum = beta(0.9, 0.999) when optimizer in momentum, nesterov ", "here");
    EXPECT_EQ(entry.name, "momentum");
    EXPECT_EQ(entry.distribution, parse_distribution("beta(0.9,0.999)"));
    ASSERT_TRUE(entry.when);
    EXPECT_EQ(entry.when->parameter, "optimizer");
    EXPECT_EQ(entry.when->values, (std::vector<Value>{std::string("momentum"), std::string("nesterov")}));
    EXPECT_EQ(cli::to_string(*entry.when), "optimizer=momentum,nesterov");
}

TEST(Entry, RefusesWithThePlace) {
    for (const char* text : {"momentum", "momentum=", "momentum=beta(", "momentum=0.5 when ", "momentum=0.5 when optimizer", ""}) {
        try {
            cli::parse_entry(text, "--vary");
            ADD_FAILURE() << "taken: " << text;
        } catch (const UsageError& error) {
            EXPECT_EQ(std::string(error.what()).rfind("--vary: ", 0), 0u) << error.what();
        }
    }
}

TEST(Sparkline, GoesFromLowToHigh) {
    const std::array<float, 4> values{3, 1, 2, std::numeric_limits<float>::quiet_NaN()};
    EXPECT_EQ(cli::sparkline(values, 10), "█▁▅x");
    EXPECT_EQ(cli::sparkline(std::array<float, 4>{1, 3, 5, 5}, 2), "▁█");
    EXPECT_EQ(cli::sparkline({}, 10), "");
    EXPECT_EQ(cli::sparkline(std::array<float, 2>{2, 2}, 10), "▁▁");
}

TEST(ShellWord, QuotesWhatAShellWouldTakeApart) {
    EXPECT_EQ(cli::shell_word("data/adult-1.csv"), "data/adult-1.csv");
    EXPECT_EQ(cli::shell_word("my data.csv"), "'my data.csv'");
    EXPECT_EQ(cli::shell_word("it's"), "'it'\\''s'");
    EXPECT_EQ(cli::shell_word(""), "''");
}

TEST(StudyPath, IsTheDatasStem) {
    EXPECT_EQ(cli::default_study_path("/data/adult.csv"), "adult.db");
    EXPECT_EQ(cli::default_study_path("adult.csv.gz"), "adult.db");
    EXPECT_EQ(cli::default_study_path("t10k-images-idx3-ubyte.gz"), "t10k-images-idx3-ubyte.db");
    EXPECT_EQ(cli::default_study_path("digits"), "digits.db");
}

} // namespace

} // namespace caviar::test
