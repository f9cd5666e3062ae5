// That TensorBoard itself reads what is written: tests/python/read_tensorboard.py.

#include "support.h"

#include "caviar/error.h"
#include "host/exchange/event_file.h"
#include "host/exchange/tensorboard.h"

#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>
#include <numeric>

namespace caviar::exchange {
namespace {

using namespace testing_exchange;
using ::testing::HasSubstr;

// The examples of RFC 3720, appendix B.4.
TEST(Crc32c, KnownAnswers) {
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
    std::string rising(32, '\0');
    std::iota(rising.begin(), rising.end(), '\0');
    EXPECT_EQ(crc32c(rising), 0x46dd794eu);
    EXPECT_EQ(crc32c(""), 0u);
}

/// The messages in a file of frames, each checked by its length and its checksums.
std::vector<std::string> frames(const std::string& bytes) {
    const auto checked = [](std::string_view data, const char* stored) {
        uint32_t masked = 0;
        std::memcpy(&masked, stored, sizeof masked);
        const uint32_t rotated = masked - 0xa282ead8u;
        EXPECT_EQ(rotated << 15 | rotated >> 17, crc32c(data));
    };
    std::vector<std::string> list;
    for (size_t at = 0; at < bytes.size();) {
        uint64_t length = 0;
        std::memcpy(&length, bytes.data() + at, sizeof length);
        checked({bytes.data() + at, 8}, bytes.data() + at + 8);
        list.emplace_back(bytes, at + 12, length);
        checked(list.back(), bytes.data() + at + 12 + length);
        at += length + 16;
    }
    return list;
}

TEST(TensorBoard, ARunATrialWithAFrameForEachPoint) {
    const Folder folder;
    const auto ours = some_study(folder);
    EXPECT_EQ(export_tensorboard(*ours, {Selection::Kind::top, 3}, folder.file("runs"), 1e9), 3);
    const std::string name = "events.out.tfevents.1000000000.caviar";
    EXPECT_EQ(frames(slurp(folder.file("runs/" + name))).size(), 2u) << "its version, and the experiment";
    const auto best = frames(slurp(folder.file("runs/trial-3/events.out.tfevents.1800000300.caviar")));
    const auto time = [](const std::string& event) { // the first field of an event
        double seconds = 0;
        std::memcpy(&seconds, event.data() + 1, sizeof seconds);
        return seconds;
    };
    EXPECT_EQ(time(best[0]), some_day + 300) << "when it began";
    EXPECT_EQ(time(best.back()), some_day + 302) << "when it ended";
    EXPECT_EQ(best.size(), 1u + 1 + 3 * 3 + 2 + 1) << "version, start, three epochs, the best, end";
    EXPECT_THAT(best[0], HasSubstr("brain.Event:2"));
    const auto undated = frames(slurp(folder.file("runs/trial-1/" + name)));
    EXPECT_EQ(time(undated[0]), 1e9);
    EXPECT_EQ(time(undated.back()), 1e9 + 0.5);
    EXPECT_FALSE(std::filesystem::exists(folder.file("runs/trial-2"))) << "it diverged: the last of four";
    EXPECT_THAT(testing_study::message<RuntimeFailure>([&] { export_tensorboard(*ours, {}, folder.file("runs"), 1e9); }), HasSubstr("exists already"));
    EXPECT_NE(testing_study::message<RuntimeFailure>([&] { export_tensorboard(*ours, {}, folder.file("flowers.db/runs"), 1e9); }), "");
}

} // namespace
} // namespace caviar::exchange
