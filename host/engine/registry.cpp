#include "caviar/error.h"
#include "cuda/engine.h"
#include "host/core/nvidia.h"
#include "host/cpu/engine.h"

#if defined(CAVIAR_WITH_CUDA)
#include "cuda/runtime/open_device.h"
#endif

#include <filesystem>

namespace caviar {
namespace {

bool nvidia_device_present() {
    std::error_code ignored;
    return !nvidia_device_files().empty() || std::filesystem::exists("/dev/dxg", ignored); // the second: WSL
}

#if defined(CAVIAR_WITH_CUDA)
/// From the program's start on: data are loaded before there is an engine.
[[maybe_unused]] const bool phases_are_shown = (cuda::show_phases(), true);
#endif

/// Throws DeviceError that says what is missing.
std::unique_ptr<Engine> make_cuda(const EngineOptions& options) {
    const cuda::EngineSettings settings = cuda::settings_from(options);
#if defined(CAVIAR_WITH_CUDA)
    return cuda::make_cuda_engine(cuda::open_device(options.device), settings);
#else
    static_cast<void>(settings);
    throw DeviceError(std::string("this build has no CUDA engine") +
                      (nvidia_device_present() ? "; build it where nvcc 12.4 or newer is on PATH" : ", and no NVIDIA device is seen here") +
                      "; use --engine cpu or --engine auto");
#endif
}

} // namespace

EngineChoice make_engine(const EngineOptions& options) {
    if (options.name != "cpu" && options.name != "auto" && options.name != "cuda")
        throw UsageError("engine '" + options.name + "' is unknown; allowed are auto, cpu, cuda");
    cuda::settings_from(options); // understood, whichever engine it will be
    if (options.name == "cuda") return {make_cuda(options), ""};
    if (options.name == "cpu" && options.precision != "fp32")
        throw UsageError("--precision " + options.precision + " is for --engine cuda; the CPU computes in fp32");
    std::string note;
    if (options.name == "auto") {
        try {
            return {make_cuda(options), ""};
        } catch (const DeviceError& error) {
            if (nvidia_device_present()) note = std::string("training on the CPU: ") + error.what();
            if (options.precision != "fp32") note += (note.empty() ? "" : "; ") + ("training on the CPU in fp32, not " + options.precision);
        }
    }
    return {cpu::make_cpu_engine(options.threads, options.instruction_set), note};
}

} // namespace caviar
