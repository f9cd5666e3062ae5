#pragma once
/// From the CUDA runtime's errors to messages for people.

#include <cuda_runtime_api.h>

#include <string>

namespace caviar::cuda {

/// Throws DeviceError, OutOfDeviceMemory where that is what it is: what was being done, the error's name, what to do.
[[noreturn]] void fail(cudaError_t, const std::string& doing);

inline void require(cudaError_t error, const char* doing) {
    if (error != cudaSuccess) fail(error, doing);
}

} // namespace caviar::cuda
