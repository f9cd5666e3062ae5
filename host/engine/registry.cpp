#include "caviar/error.h"
#include "host/cpu/engine.h"

#include <filesystem>

namespace caviar {
namespace {

bool nvidia_device_present() {
    std::error_code ignored;
    return std::filesystem::exists("/dev/nvidia0", ignored) || std::filesystem::exists("/dev/dxg", ignored); // the second: WSL
}

[[noreturn]] void no_cuda() {
    throw DeviceError(std::string("this build has no CUDA engine") +
                      (nvidia_device_present() ? "" : ", and no NVIDIA device is seen here") + "; use --engine cpu or --engine auto");
}

} // namespace

EngineChoice make_engine(const EngineOptions& options) {
    if (options.name == "cuda") no_cuda();
    if (options.name != "cpu" && options.name != "auto")
        throw UsageError("engine '" + options.name + "' is unknown; allowed are auto, cpu, cuda");
    EngineChoice choice{cpu::make_cpu_engine(options.threads, options.instruction_set), ""};
    if (options.name == "auto" && nvidia_device_present())
        choice.note = "an NVIDIA device is here, but this build has no CUDA engine: training on the CPU";
    return choice;
}

} // namespace caviar
