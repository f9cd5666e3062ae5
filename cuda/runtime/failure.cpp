#include "cuda/runtime/failure.h"

#include "cuda/device.h"

namespace caviar::cuda {
namespace {

std::string version(int number) { return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10); }

std::string driver_advice() {
    int driver = 0;
    cudaDriverGetVersion(&driver); // leaves 0 where there is none
    if (driver == 0) return "no NVIDIA driver is installed or reachable; install one, or in a container start it with --gpus all; or use --engine cpu";
    return "the driver supports CUDA " + version(driver) + ", and this build was made with CUDA " + version(CUDART_VERSION) + "; update the driver, or use --engine cpu";
}

std::string advice(cudaError_t error) {
    switch (error) {
    case cudaErrorInsufficientDriver:
    case cudaErrorStubLibrary: return driver_advice();
    case cudaErrorNoDevice: return "no NVIDIA GPU is visible; CUDA_VISIBLE_DEVICES may hide it, and a container needs --gpus all; or use --engine cpu";
    case cudaErrorDevicesUnavailable: return "another program holds the GPU for itself; 'nvidia-smi' shows which";
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorInvalidDeviceFunction:
    case cudaErrorInvalidPtx:
    case cudaErrorUnsupportedPtxVersion:
        return "this build has no code for this GPU; build with -DCMAKE_CUDA_ARCHITECTURES=native, or use --engine cpu";
    case cudaErrorMemoryAllocation: return "there is not enough memory on the GPU; 'nvidia-smi' shows what else uses it";
    case cudaErrorLaunchTimeout:
        return "the driver ended a kernel that ran too long, as a display hangs on this GPU; kernels stop at an epoch's end, so an epoch of some "
               "trial takes longer than the driver allows: take a GPU without a display, smaller nets or fewer rows, or --engine cpu; what was "
               "recorded is safe and can be resumed";
    default:
        return "the GPU cannot be used any more by this process; what was recorded is safe and can be resumed, 'nvidia-smi' and 'dmesg' may say "
               "more, and --engine cpu does without it";
    }
}

} // namespace

void fail(cudaError_t error, const std::string& doing) {
    cudaGetLastError(); // it has been seen
    const std::string text = doing + ": " + cudaGetErrorName(error) + " (" + cudaGetErrorString(error) + "): " + advice(error);
    if (error == cudaErrorMemoryAllocation) throw OutOfDeviceMemory(text);
    throw DeviceError(text);
}

} // namespace caviar::cuda
