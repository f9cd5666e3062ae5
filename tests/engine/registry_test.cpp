#include "caviar/engine.h"
#include "caviar/error.h"
#include "host/core/nvidia.h"
#include "host/core/phase.h"

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

/// Nothing where CUDA works.
std::string why_not_cuda() {
    try {
        make_engine({"cuda", 0, "", 0});
        return {};
    } catch (const DeviceError& e) {
        EXPECT_EQ(e.code(), ExitCode::no_device);
        return e.what();
    }
}

TEST(Registry, AutoFallsBackAndSaysSoWhereADeviceIsPresent) {
    const EngineChoice choice = make_engine({});
    const std::string why = why_not_cuda();
    EXPECT_EQ(choice.engine->capabilities().engine, why.empty() ? "cuda" : "cpu");
    const bool device = !nvidia_device_files().empty() || std::filesystem::exists("/dev/dxg");
    EXPECT_EQ(choice.note, device && !why.empty() ? "training on the CPU: " + why : "");
}

TEST(Registry, WhereCudaIsMissingTheErrorSaysWhatToDo) {
    const std::string why = why_not_cuda();
    if (why.empty()) GTEST_SKIP() << "CUDA works here";
    EXPECT_THAT(why, HasSubstr("--engine cpu"));
    EXPECT_THAT(why, testing::AnyOf(HasSubstr("this build has no CUDA engine"), HasSubstr("driver"), HasSubstr("GPU")));
}

/// Before any engine is made: loading the data is a phase, too.
TEST(Registry, ProfilersAreToldPhasesFromTheProgramsStart) {
#if defined(CAVIAR_WITH_CUDA)
    ASSERT_NE(phase_hooks.load(), nullptr);
    { const Phase phase("nobody looks on"); }
#else
    EXPECT_EQ(phase_hooks.load(), nullptr);
#endif
}

TEST(Registry, AGpuThatIsNotThereIsAnError) {
    EXPECT_THROW(make_engine({"cuda", 0, "", 1000}), DeviceError);
    EXPECT_THROW(make_engine({"cuda", 0, "", -1}), DeviceError);
}

TEST(Registry, MisspeltNamesAreUsageErrors) {
    EXPECT_THROW(make_engine({"gpu", 0, "", 0}), UsageError);
    EXPECT_THROW(make_engine({"cpu", 0, "sse9", 0}), UsageError);
    EXPECT_THROW(make_engine({"cuda", 0, "", 0, "huge"}), UsageError);
    EXPECT_THROW(make_engine({"auto", 0, "", 0, "auto", "fp8"}), UsageError);
    EXPECT_THROW(make_engine({"cpu", 0, "", 0, "auto", "fp8"}), UsageError);
    EXPECT_THROW(make_engine({"cpu", 0, "", 0, "auto", "tf32"}), UsageError);
    EXPECT_THROW(make_engine({"cpu", -1, "", 0}), UsageError);
    EXPECT_THROW(make_engine({"cpu", 1000000, "", 0}), UsageError);
}

} // namespace
} // namespace caviar
