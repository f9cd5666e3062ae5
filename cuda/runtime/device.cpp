/// A real device, through the CUDA runtime.

#include "cuda/runtime/handles.h"
#include "cuda/runtime/kernels.h"
#include "cuda/runtime/lanes.h"
#include "cuda/runtime/open_device.h"
#include "cuda/runtime/results.h"

#include <cuda_profiler_api.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace caviar::cuda {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Copies up to so many bytes go by way of pinned memory: for others the driver may wait until it can stage them (CUDA Runtime API, "API
/// synchronization behavior"), and those that steer a launch are not to wait for anything. All the small ones fit.
constexpr int64_t page_bytes = int64_t{64} << 10;

int attribute(cudaDeviceAttr which, int device) {
    int value = 0;
    require(cudaDeviceGetAttribute(&value, which, device), "asking what the GPU is");
    return value;
}

DeviceKind kind_of(int number) {
    cudaDeviceProp properties{};
    require(cudaGetDeviceProperties(&properties, number), "asking what the GPU is");
    DeviceKind kind;
    kind.name = properties.name;
    kind.number = number;
    kind.major = properties.major;
    kind.minor = properties.minor;
    kind.multiprocessors = properties.multiProcessorCount;
    kind.most_warps = properties.maxThreadsPerMultiProcessor / warp;
    kind.shared_bytes = attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, number);
    kind.memory_bytes = static_cast<int64_t>(properties.totalGlobalMem);
    kind.cache_bytes = properties.l2CacheSize;
    kind.clock_hz = attribute(cudaDevAttrClockRate, number) * 1e3; // it is in kHz
    // Where a display hangs on the GPU, the driver ends a kernel that keeps it from drawing; on Windows after 2 s (Microsoft's documentation,
    // "Timeout detection and recovery", TdrDelay). Half of that leaves as much for an epoch to end.
    if (attribute(cudaDevAttrKernelExecTimeout, number) != 0) kind.kernel_limit = 1s;
    // What cuBLAS itself would take (its documentation, at cublasSetWorkspace); less keeps it from its faster algorithms.
    int version[3]{};
    for (int part = 0; part < 3; ++part)
        if (cublasGetProperty(std::array{MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL}[static_cast<size_t>(part)], &version[part]) != CUBLAS_STATUS_SUCCESS) version[part] = 0;
    kind.product_library = "cuBLAS " + std::to_string(version[0]) + "." + std::to_string(version[1]) + "." + std::to_string(version[2]);
    kind.product_bytes = int64_t{properties.major >= 9 ? 32 : 4} << 20;
    return kind;
}

class RuntimeDevice final : public Device {
public:
    explicit RuntimeDevice(int number) : kind_(kind_of(number)), lanes_(kind_.product_bytes) {
        constexpr const char* doing = "opening the GPU";
        here();
        kernels_ = open_stream(Work::training, doing);
        copies_ = open_stream(Work::beside_it, doing);
        cudaEvent_t ended = nullptr;
        require(cudaEventCreateWithFlags(&ended, cudaEventDisableTiming), doing);
        ended_.reset(ended);
        void* page = nullptr;
        require(cudaHostAlloc(&page, page_bytes, cudaHostAllocDefault), doing);
        page_.reset(static_cast<char*>(page));
        require(prepare_kernels(kind_.shared_bytes), "loading the kernels");
        ranking_.open();
    }

    ~RuntimeDevice() override { cudaSetDevice(kind_.number); } // where all that goes now belongs

    const DeviceKind& kind() const override { return kind_; }

    int64_t free_bytes() override {
        here();
        size_t free = 0, all = 0;
        require(cudaMemGetInfo(&free, &all), "asking for the GPU's free memory");
        return static_cast<int64_t>(free);
    }

    void* allocate(int64_t bytes) override {
        here();
        void* place = nullptr;
        const cudaError_t error = cudaMalloc(&place, static_cast<size_t>(bytes));
        if (error != cudaSuccess) fail(error, "asking for " + gigabytes(bytes) + " of the GPU's memory");
        return place;
    }

    void release(void* place) noexcept override {
        cudaSetDevice(kind_.number);
        cudaFree(place); // a lost device has lost its memory too
    }

    void upload(void* to, const void* from, int64_t bytes) override {
        here();
        const auto size = static_cast<size_t>(bytes);
        if (bytes <= page_bytes) from = std::memcpy(page_.get(), from, size);
        require(cudaMemcpyAsync(to, from, size, cudaMemcpyHostToDevice, copies_.get()), "copying to the GPU");
        require(cudaStreamSynchronize(copies_.get()), "copying to the GPU");
    }

    void download(void* to, const void* from, int64_t bytes) override {
        here();
        const auto size = static_cast<size_t>(bytes);
        void* const there = bytes <= page_bytes ? page_.get() : to;
        require(cudaMemcpyAsync(there, from, size, cudaMemcpyDeviceToHost, copies_.get()), "copying from the GPU");
        require(cudaStreamSynchronize(copies_.get()), "copying from the GPU");
        if (there != to) std::memcpy(to, there, size);
        count_read_back(bytes);
    }

    void copy(void* to, const void* from, int64_t bytes) override {
        here();
        require(cudaMemcpyAsync(to, from, static_cast<size_t>(bytes), cudaMemcpyDeviceToDevice, copies_.get()), "copying on the GPU");
        require(cudaStreamSynchronize(copies_.get()), "copying on the GPU");
    }

    void rank(const Results& results) override {
        here();
        rank_on_device(results, ranking_, copies_.get());
    }

    void gather_curves(const Results& results, int64_t first, int64_t count, EpochRecord* to) override {
        here();
        gather_on_device(results, first, count, to, ranking_, copies_.get());
    }

    void start(const Launch& launch, bool matrix, int32_t blocks) override {
        here();
        require(start_training(launch, matrix, blocks, kernels_.get()), "starting the training kernel");
        require(cudaEventRecord(ended_.get(), kernels_.get()), "starting the training kernel");
    }

    void start(const Prediction& prediction, int32_t blocks) override {
        here();
        require(start_prediction(prediction, blocks, kernels_.get()), "starting the prediction kernel");
        require(cudaEventRecord(ended_.get(), kernels_.get()), "starting the prediction kernel");
    }

    /// By asking again and again, as the runtime cannot wait for a while: at first without a pause, for short launches.
    bool wait(std::chrono::milliseconds time) override {
        here();
        const auto begin = Clock::now();
        for (auto pause = 0us;; pause = std::min<std::chrono::microseconds>(pause + 5us, 1ms)) {
            const cudaError_t state = cudaEventQuery(ended_.get());
            if (state == cudaSuccess) return true;
            if (state != cudaErrorNotReady) fail(state, "running a kernel");
            const auto passed = Clock::now() - begin;
            if (passed >= time) return false;
            if (passed > 200us) std::this_thread::sleep_for(pause);
        }
    }

    void open_lanes(int32_t count) override {
        here();
        lanes_.open(count);
    }

    int32_t prepare(int32_t lane, const Series& series) override {
        here();
        return lanes_.prepare(lane, series);
    }

    void submit(int32_t lane, int32_t series) override {
        here();
        lanes_.submit(lane, series);
    }

    void forget(int32_t lane) override {
        here();
        lanes_.forget(lane);
    }

    void profile(bool on) noexcept override { on ? cudaProfilerStart() : cudaProfilerStop(); }

private:
    /// The runtime's current device is each thread's own.
    void here() const { require(cudaSetDevice(kind_.number), "turning to the GPU"); }

    DeviceKind kind_;
    Stream kernels_, copies_;
    Event ended_;
    PinnedMemory page_;
    RuntimeLanes lanes_;
    RankingMemory ranking_;
};

} // namespace

void ask_for_queues() { setenv("CUDA_DEVICE_MAX_CONNECTIONS", "32", 0); }

std::vector<DeviceKind> device_kinds() {
    ask_for_queues();
    int count = 0; // left as it is where there is no driver
    require(cudaGetDeviceCount(&count), "looking for a GPU");
    if (count == 0) fail(cudaErrorNoDevice, "looking for a GPU");
    std::vector<DeviceKind> kinds;
    for (int i = 0; i < count; ++i) kinds.push_back(kind_of(i));
    return kinds;
}

std::shared_ptr<Device> open_device(int number) {
    const std::vector<DeviceKind> kinds = device_kinds();
    if (number < 0 || number >= static_cast<int>(kinds.size())) {
        std::string list;
        for (const DeviceKind& kind : kinds) list += "\n  " + std::to_string(kind.number) + ": " + describe(kind);
        throw DeviceError("there is no GPU " + std::to_string(number) + "; there " + (kinds.size() == 1 ? "is" : "are") + list);
    }
    require_usable(kinds[static_cast<size_t>(number)]);
    return std::make_shared<RuntimeDevice>(number);
}

} // namespace caviar::cuda
