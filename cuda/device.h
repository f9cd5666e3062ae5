#pragma once
/// A device as the engine sees it: memory, copies, two kernels that run while the host goes on, and lanes for the grouped tier. The real
/// one is in cuda/runtime; tests play one on the CPU.

#include "caviar/engine.h"
#include "caviar/error.h"
#include "cuda/grouped.h"
#include "cuda/job.h"
#include "cuda/predict.h"
#include "cuda/results.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace caviar::cuda {

/// What a device is. A trial's plan follows from it, so the same kind gives the same bits.
struct DeviceKind {
    std::string name;
    int number = 0;              ///< as --device counts
    int major = 0, minor = 0;    ///< compute capability
    int32_t multiprocessors = 0;
    int32_t most_warps = 0;      ///< that a multiprocessor can hold; 0: not known
    int64_t shared_bytes = 0;    ///< dynamic shared memory that a block can have
    int64_t memory_bytes = 0;
    int64_t cache_bytes = 0;     ///< L2
    double clock_hz = 0;         ///< of the multiprocessors, at most; 0: not known
    std::chrono::milliseconds kernel_limit{0}; ///< a kernel is to end within about as long, or the driver may end it; 0: there is no limit
    std::string product_library; ///< which one, with its version: bits of the grouped tier hang on it
    int64_t product_bytes = 0;   ///< what the library that multiplies for the grouped tier works in, a lane; always the same
};

/// The oldest compute capability that the kernels run on.
inline constexpr int least_major = 7, least_minor = 5;

/// "8.0"
std::string capability(const DeviceKind&);
/// "NVIDIA H200, 132 multiprocessors, 150.1 GB, compute capability 9.0"
std::string describe(const DeviceKind&);
/// "1.5 GB"
std::string gigabytes(int64_t bytes);

/// What its multiprocessors could do in fp32 at most: their lanes at the highest clock, each a multiply-add, which counts as two.
PeakRate theoretical_peak(const DeviceKind&);

/// Throws DeviceError where the kernels cannot run on such a device.
void require_usable(const DeviceKind&);

/// There is no room for what was asked for; less may fit.
struct OutOfDeviceMemory : DeviceError {
    using DeviceError::DeviceError;
};

/// Used by one thread at a time. Every function but those marked throws DeviceError where the device fails; it is then lost, and
/// nothing but `release` may follow.
class Device {
public:
    virtual ~Device() = default;
    virtual const DeviceKind& kind() const = 0;
    virtual int64_t free_bytes() = 0;

    /// At a multiple of 256 bytes; its contents are undefined. Throws OutOfDeviceMemory.
    virtual void* allocate(int64_t bytes) = 0;
    virtual void release(void*) noexcept = 0;

    /// Copies are done when these return; they may run beside a kernel.
    virtual void upload(void* to, const void* from, int64_t bytes) = 0;
    virtual void download(void* to, const void* from, int64_t bytes) = 0;

    /// Within the device; done when it returns.
    virtual void copy(void* to, const void* from, int64_t bytes) = 0;

    /// Ranks the results of a launch whose kernel and lanes have ended. Done when it returns.
    virtual void rank(const Results&) = 0;
    /// Records [first, first + count) of ranked results' curves, which lie end to end by rank, into device memory. Done when it returns.
    virtual void gather_curves(const Results&, int64_t first, int64_t count, EpochRecord* to) = 0;

    /// Start a kernel and return. One runs at a time. `matrix`: products on the matrix units.
    virtual void start(const Launch&, bool matrix, int32_t blocks) = 0;
    virtual void start(const Prediction&, int32_t blocks) = 0;
    /// Waits for the kernel, at most so long. True: it has ended.
    virtual bool wait(std::chrono::milliseconds) = 0;

    /// Bytes that were downloaded so far.
    int64_t bytes_read_back() const { return read_back_; }

    /// A lane does what is submitted to it in order, beside the other lanes and the kernels. Sees to it that there are so many. Throws
    /// OutOfDeviceMemory.
    virtual void open_lanes(int32_t count) = 0;
    /// Makes a series ready for a lane, to be submitted as often as is wanted; answers its number. All that it points to stays valid
    /// until `forget`.
    virtual int32_t prepare(int32_t lane, const Series&) = 0;
    /// Starts a series once all before it on its lane is done, and returns.
    virtual void submit(int32_t lane, int32_t series) = 0;
    /// Waits until the lane has done all, and forgets its series.
    virtual void forget(int32_t lane) = 0;

    /// A profiler that waits for it looks on from here to there.
    virtual void profile(bool) noexcept {}

protected:
    /// Every download says so.
    void count_read_back(int64_t bytes) { read_back_ += bytes; }

private:
    int64_t read_back_ = 0;
};

/// An array in a device's memory.
template <class T> class DeviceArray {
public:
    DeviceArray() = default;
    /// Contents are undefined. Throws OutOfDeviceMemory.
    DeviceArray(std::shared_ptr<Device> device, int64_t size)
        : device_(std::move(device)), size_(size),
          data_(size > 0 ? static_cast<T*>(device_->allocate(size * static_cast<int64_t>(sizeof(T)))) : nullptr) {}
    DeviceArray(DeviceArray&& other) noexcept
        : device_(std::move(other.device_)), size_(std::exchange(other.size_, 0)), data_(std::exchange(other.data_, nullptr)) {}
    DeviceArray& operator=(DeviceArray&& other) noexcept {
        std::swap(device_, other.device_);
        std::swap(size_, other.size_);
        std::swap(data_, other.data_);
        return *this;
    }
    ~DeviceArray() {
        if (data_) device_->release(data_);
    }

    T* data() const { return data_; }
    int64_t size() const { return size_; }
    void upload(std::span<const T> values) {
        if (!values.empty()) device_->upload(data_, values.data(), static_cast<int64_t>(values.size_bytes()));
    }
    void download(std::span<T> values) const {
        if (!values.empty()) device_->download(values.data(), data_, static_cast<int64_t>(values.size_bytes()));
    }

private:
    std::shared_ptr<Device> device_;
    int64_t size_ = 0;
    T* data_ = nullptr;
};

/// Makes room for `size` elements where there is less. What was in it is lost.
template <class T> void make_room(DeviceArray<T>& array, const std::shared_ptr<Device>& device, int64_t size) {
    if (array.size() >= size) return;
    array = DeviceArray<T>(); // what is given back may be what the larger one needs
    array = DeviceArray<T>(device, size);
}

} // namespace caviar::cuda
