#pragma once
/// What this machine has, asked of the system itself.

#include <cstdint>
#include <string>
#include <vector>

namespace caviar::cli {

struct Machine {
    std::string processor;         ///< its name from /proc/cpuinfo
    int cores = 0, usable = 0;     ///< logical cores there are; cores this process may run on
    double cpu_quota = 0;          ///< cores' worth of time its control group allows; 0: no limit
    int64_t memory = 0, available = 0; ///< bytes
    std::string system;            ///< kernel and release
    std::string compiler;          ///< that built this program
};
Machine this_machine();

struct Cuda {
    bool built = false;                ///< is the CUDA engine in this program?
    std::vector<std::string> devices;  ///< /dev/nvidia0, ...
    std::string driver;                ///< of the kernel module; empty: none loaded
    bool library = false;              ///< could libcuda.so.1 be loaded?
    std::string driver_api;            ///< CUDA version that libcuda supports, "12.4"
    int count = 0;                     ///< GPUs that libcuda sees
    std::string nvcc;                  ///< path of nvcc; empty: none on PATH
};
Cuda this_cuda();

} // namespace caviar::cli
