#include "host/cli/machine.h"

#include "host/core/nvidia.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include <dlfcn.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace caviar::cli {

namespace {

std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// The value of the first "KEY: VALUE" or "KEY : VALUE" line.
std::string value_in(const std::string& path, const std::string& key) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.rfind(key, 0) != 0) continue;
        const size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        const size_t begin = line.find_first_not_of(" \t", colon + 1);
        return begin == std::string::npos ? "" : line.substr(begin);
    }
    return {};
}

int64_t kibibytes(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10) * 1024; }

/// cpu.max of control groups version 2: "QUOTA PERIOD" or "max PERIOD" in microseconds.
double quota() {
    std::istringstream line(first_line("/sys/fs/cgroup/cpu.max"));
    double allowed = 0, period = 0;
    return line >> allowed >> period && period > 0 ? allowed / period : 0;
}

std::string on_path(const std::string& program) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "" : path);
    for (std::string folder; std::getline(folders, folder, ':');) {
        const std::string candidate = folder + '/' + program;
        if (access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

void ask_libcuda(Cuda& cuda) {
    void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    cuda.library = true;
    // The driver API's own prototypes; 0 is CUDA_SUCCESS.
    const auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(library, "cuInit"));
    const auto version = reinterpret_cast<int (*)(int*)>(dlsym(library, "cuDriverGetVersion"));
    const auto count = reinterpret_cast<int (*)(int*)>(dlsym(library, "cuDeviceGetCount"));
    if (int number = 0; version != nullptr && version(&number) == 0 && number > 0) {
        cuda.driver_api = std::to_string(number / 1000) + '.' + std::to_string(number % 1000 / 10);
    }
    if (int devices = 0; init != nullptr && count != nullptr && init(0) == 0 && count(&devices) == 0) cuda.count = devices;
    // Never closed: the driver leaves threads of its own behind.
}

} // namespace

Machine this_machine() {
    Machine machine;
    machine.processor = value_in("/proc/cpuinfo", "model name");
    machine.cores = static_cast<int>(std::thread::hardware_concurrency());
    cpu_set_t set;
    CPU_ZERO(&set);
    machine.usable = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : machine.cores;
    machine.cpu_quota = quota();
    machine.memory = kibibytes(value_in("/proc/meminfo", "MemTotal"));
    machine.available = kibibytes(value_in("/proc/meminfo", "MemAvailable"));
    utsname name{};
    if (uname(&name) == 0) machine.system = std::string(name.sysname) + ' ' + name.release + ' ' + name.machine;
#if defined(__clang__)
    machine.compiler = "clang " __clang_version__;
#else
    machine.compiler = "g++ " __VERSION__;
#endif
    return machine;
}

Cuda this_cuda() {
    Cuda cuda;
    cuda.devices = nvidia_device_files();
    cuda.driver = first_line("/proc/driver/nvidia/version");
    cuda.nvcc = on_path("nvcc");
    ask_libcuda(cuda);
    return cuda;
}

} // namespace caviar::cli
