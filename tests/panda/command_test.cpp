// Lines into commands, and which checkpoints are kept.

#include "host/panda/command.h"
#include "host/panda/thinning.h"

#include "caviar/error.h"

#include <gmock/gmock.h>

#include <numeric>

namespace caviar::panda {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string refusal(const std::string& line) {
    try {
        (void)parse_command(line);
    } catch (const UsageError& error) {
        return error.what();
    }
    return {};
}

TEST(PandaCommand, ReadsEveryForm) {
    EXPECT_EQ(parse_command(" run  20 ")->number, 20);
    EXPECT_EQ(parse_command("rewind 5")->number, 5);
    EXPECT_FALSE(parse_command("rewind 5")->to);
    EXPECT_TRUE(parse_command("rewind to 0")->to);
    EXPECT_EQ(parse_command("switch 3")->verb, Verb::switch_to);
    EXPECT_THAT(parse_command("set learning_rate=0.01 momentum 0.9\r")->settings,
                ElementsAre(Pair("learning_rate", "0.01"), Pair("momentum", "0.9")));
    EXPECT_EQ(parse_command("save my model.json # the best")->file, "my model.json");
    EXPECT_EQ(parse_command("save")->file, "");
    for (const char* word : {"resume", "pause", "branch", "compare", "tree", "status", "history", "help", "quit"})
        EXPECT_TRUE(parse_command(word)) << word;
    EXPECT_FALSE(parse_command("  # nothing"));
    EXPECT_FALSE(parse_command(""));
}

TEST(PandaCommand, RefusesWithWhatIsWanted) {
    EXPECT_THAT(refusal("rewnd 5"), HasSubstr("did you mean \"rewind\""));
    EXPECT_THAT(refusal("continue"), HasSubstr("did you mean \"resume\""));
    EXPECT_THAT(refusal("run"), HasSubstr("run N"));
    for (const char* line :
         {"run 0", "run -1", "run 1e3", "run 5 6", "rewind", "rewind to", "rewind at 5", "switch x", "run 99999999999999999999"})
        EXPECT_NE(refusal(line), "") << line;
    EXPECT_THAT(refusal("set learning_rate"), HasSubstr("set NAME VALUE"));
    EXPECT_THAT(refusal("set"), HasSubstr("set NAME VALUE"));
    EXPECT_THAT(refusal("quit now"), HasSubstr("quit"));
    EXPECT_THAT(refusal("="), HasSubstr("no command"));
    EXPECT_THAT(refusal("\x1b[31mrun 5"), testing::Not(HasSubstr("\x1b"))) << "no escape reaches the terminal";
}

TEST(Thinning, KeepsFirstAndLastAndThinsFurtherBack) {
    std::vector<int32_t> kept;
    for (int32_t epoch = 1; epoch <= 1000; ++epoch) { // as a session does: one more at a time
        kept.push_back(epoch);
        for (const int32_t gone : surplus(kept, 12)) std::erase(kept, gone);
        ASSERT_LE(kept.size(), 12u);
    }
    EXPECT_EQ(kept.size(), 12u);
    EXPECT_EQ(kept.front(), 1);
    EXPECT_EQ(kept.back(), 1000);
    EXPECT_LE(kept.back() - kept[kept.size() - 2], 10) << "close to the end they are close";
    EXPECT_GT(kept[2] - kept[1], kept[11] - kept[10]) << "further back they are not";
}

TEST(Thinning, DropsNothingWhereThereIsRoom) {
    const std::vector<int32_t> few{3, 9, 27};
    EXPECT_TRUE(surplus(few, 3).empty());
    EXPECT_TRUE(surplus({}, 3).empty());
    EXPECT_THAT(surplus(few, 0), ElementsAre(9)) << "two always stay";
}

TEST(Thinning, BoundsBytes) {
    EXPECT_EQ(checkpoints_kept(1), 64u);
    EXPECT_EQ(checkpoints_kept(size_t{4} << 20), 16u);
    EXPECT_EQ(checkpoints_kept(size_t{1} << 30), 4u);
    EXPECT_EQ(checkpoints_kept(0), 64u);
}

} // namespace
} // namespace caviar::panda
