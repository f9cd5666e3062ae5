#include "cuda/device.h"

#include "cuda/plan.h"

namespace caviar::cuda {

std::string capability(const DeviceKind& kind) { return std::to_string(kind.major) + "." + std::to_string(kind.minor); }

std::string gigabytes(int64_t bytes) {
    const int64_t tenths = (bytes + 50'000'000) / 100'000'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

std::string describe(const DeviceKind& kind) {
    return kind.name + ", " + std::to_string(kind.multiprocessors) + " multiprocessors, " + gigabytes(kind.memory_bytes) + ", compute capability " +
           capability(kind);
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
