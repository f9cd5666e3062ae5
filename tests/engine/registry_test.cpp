#include "caviar/engine.h"
#include "caviar/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace caviar {
namespace {

using testing::HasSubstr;

TEST(Registry, CpuTellsWhatItIs) {
    const EngineChoice choice = make_engine({"cpu", 2, "plain", 0});
    const Capabilities c = choice.engine->capabilities();
    EXPECT_EQ(c.engine, "cpu");
    EXPECT_EQ(c.instruction_set, "plain");
    EXPECT_EQ(c.threads, 2);
    EXPECT_THAT(c.device, HasSubstr("2 threads, plain"));
    EXPECT_EQ(choice.note, "");
    EXPECT_GE(make_engine({"cpu", 0, "", 0}).engine->capabilities().threads, 1);
}

TEST(Registry, AutoFallsBackAndSaysSoWhereADeviceIsPresent) {
    const EngineChoice choice = make_engine({});
    EXPECT_EQ(choice.engine->capabilities().engine, "cpu");
    const bool device = std::filesystem::exists("/dev/nvidia0") || std::filesystem::exists("/dev/dxg");
    EXPECT_EQ(choice.note.empty(), !device);
}

TEST(Registry, CudaIsAnErrorThatSaysWhatIsMissing) {
    try {
        make_engine({"cuda", 0, "", 0});
        FAIL() << "there is no CUDA engine";
    } catch (const DeviceError& e) {
        EXPECT_THAT(e.what(), HasSubstr("this build has no CUDA engine"));
        EXPECT_THAT(e.what(), HasSubstr("--engine cpu"));
        EXPECT_EQ(e.code(), ExitCode::no_device);
    }
}

TEST(Registry, MisspeltNamesAreUsageErrors) {
    EXPECT_THROW(make_engine({"gpu", 0, "", 0}), UsageError);
    EXPECT_THROW(make_engine({"cpu", 0, "sse9", 0}), UsageError);
    EXPECT_THROW(make_engine({"cpu", -1, "", 0}), UsageError);
    EXPECT_THROW(make_engine({"cpu", 1000000, "", 0}), UsageError);
}

} // namespace
} // namespace caviar
