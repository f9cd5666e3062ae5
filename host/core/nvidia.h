#pragma once
/// What of an NVIDIA GPU can be seen without CUDA.

#include <string>
#include <vector>

namespace caviar {

/// Device files of GPUs, in order: /dev/nvidia0, /dev/nvidia1, ... A container may have been given any of them. `folder`: for tests.
std::vector<std::string> nvidia_device_files(const std::string& folder = "/dev");

} // namespace caviar
