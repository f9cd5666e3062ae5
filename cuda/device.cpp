#include "cuda/device.h"

#include "cuda/plan.h"

#include <cstdio>

namespace caviar::cuda {
namespace {

/// fp32 multiply-adds that a multiprocessor finishes a clock: NVIDIA's table of cores a multiprocessor (github.com/NVIDIA/cuda-samples,
/// Common/helper_cuda.h, _ConvertSMVer2Cores). 64 up to 8.0, 128 from 8.6 on.
int32_t lanes(const DeviceKind& kind) { return kind.major * 10 + kind.minor <= 80 ? 64 : 128; }

} // namespace

std::string capability(const DeviceKind& kind) { return std::to_string(kind.major) + "." + std::to_string(kind.minor); }

std::string gigabytes(int64_t bytes) {
    const int64_t tenths = (bytes + 50'000'000) / 100'000'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

std::string describe(const DeviceKind& kind) {
    return kind.name + ", " + std::to_string(kind.multiprocessors) + " multiprocessors, " + gigabytes(kind.memory_bytes) + ", compute capability " +
           capability(kind) + (kind.kernel_limit.count() > 0 ? ", drives a display: kernels are kept short" : "");
}

PeakRate theoretical_peak(const DeviceKind& kind) {
    if (kind.clock_hz <= 0) return {0, "the driver does not say how fast its multiprocessors are clocked"};
    char gigahertz[16];
    std::snprintf(gigahertz, sizeof gigahertz, "%.2f", kind.clock_hz * 1e-9);
    return {2.0 * kind.multiprocessors * lanes(kind) * kind.clock_hz,
            "theoretical: " + std::to_string(kind.multiprocessors) + " multiprocessors x " + std::to_string(lanes(kind)) +
                " fp32 multiply-adds a clock x " + gigahertz + " GHz"};
}

void require_usable(const DeviceKind& kind) {
    if (kind.major * 10 + kind.minor < least_major * 10 + least_minor)
        throw DeviceError(kind.name + " has compute capability " + capability(kind) + ", and caviar needs " + std::to_string(least_major) + "." +
                          std::to_string(least_minor) + " or newer; use --engine cpu");
    if (kind.shared_bytes < least_shared_bytes())
        throw DeviceError(kind.name + " offers a block " + std::to_string(kind.shared_bytes) + " bytes of shared memory, and the kernels need " +
                          std::to_string(least_shared_bytes()) + "; use --engine cpu");
}

} // namespace caviar::cuda
