#include "host/core/nvidia.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <stdlib.h>

namespace caviar {
namespace {

namespace fs = std::filesystem;

TEST(NvidiaDeviceFiles, AreThoseOfGpusByNumber) {
    std::string folder = (fs::temp_directory_path() / "caviar-devices-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    for (const char* name : {"nvidia12", "nvidia3", "nvidiactl", "nvidia-uvm", "nvidia-caps", "nvidia", "nvidia0x", "null"}) std::ofstream(fs::path(folder) / name);
    EXPECT_EQ(nvidia_device_files(folder), (std::vector<std::string>{folder + "/nvidia3", folder + "/nvidia12"}));
    fs::remove_all(folder);
    EXPECT_TRUE(nvidia_device_files(folder).empty());
}

} // namespace
} // namespace caviar
