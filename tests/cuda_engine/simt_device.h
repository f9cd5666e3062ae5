#pragma once
/// A device played on the CPU: its memory is the heap, its kernels run under tests/simt, every lane a fiber. ThreadSanitizer sees whether the
/// host touches what a kernel is at work on: all but the words by which both tell each other how far they are.

#include "cuda/device.h"

#include <atomic>
#include <deque>
#include <future>
#include <map>

namespace caviar::cuda {

/// An H200 with few multiprocessors.
DeviceKind played_kind();

class SimtDevice : public Device {
public:
    explicit SimtDevice(const DeviceKind& kind = played_kind()) : kind_(kind) {}
    ~SimtDevice() override;

    const DeviceKind& kind() const override { return kind_; }
    int64_t free_bytes() override { return kind_.memory_bytes - taken_; }
    void* allocate(int64_t bytes) override;
    void release(void*) noexcept override;
    void upload(void* to, const void* from, int64_t bytes) override;
    void download(void* to, const void* from, int64_t bytes) override;
    void copy(void* to, const void* from, int64_t bytes) override;
    void rank(const Results&) override;
    void gather_curves(const Results&, int64_t first, int64_t count, EpochRecord* to) override;
    void start(const Launch&, bool matrix, int32_t blocks) override;
    void start(const Prediction&, int32_t blocks) override;
    bool wait(std::chrono::milliseconds) override;
    void open_lanes(int32_t count) override;
    int32_t prepare(int32_t lane, const Series&) override;
    void submit(int32_t lane, int32_t series) override;
    void forget(int32_t lane) override;

    // What tests look at and set.
    int launches = 0;
    int64_t most_taken = 0;           ///< bytes of memory in use at once
    int refuse_series_after = -1;     ///< series made ready before one is refused for want of memory; -1: none is
    bool refuse_start = false;        ///< the next kernel for want of memory
    int refuse_after = -1;            ///< allocations that succeed before the next one is refused though there is room; -1: none is
    bool lost = false;                ///< every function but `release` fails
    std::vector<uint32_t> trained;    ///< trials of each launch
    std::vector<int32_t> grids;       ///< blocks of each launch
    std::vector<int> prepared;        ///< series made ready before each launch
    size_t lanes() const { return lanes_.size(); }
    int submitted = 0;                ///< series

private:
    struct Lane {
        std::deque<Series> series; ///< the worker reads one while more are prepared
        std::future<void> last;    ///< of what was submitted
    };

    void play(std::function<void()>);
    void check(const void* place, int64_t bytes) const;
    void fail_if_lost(const char* doing) const;
    bool busy() const;
    void share(const volatile void* place, int64_t bytes);
    void share(const Launch&);
    bool shared(const void* place) const;

    DeviceKind kind_;
    std::map<const char*, int64_t> memory_; ///< places and bytes
    std::map<const char*, int64_t> words_;  ///< those that host and kernels use at the same time
    int64_t taken_ = 0;
    std::future<void> running_;
    std::vector<Lane> lanes_;
    int prepared_ = 0;
    std::atomic<bool> failed_ = false; ///< an operation of a lane
};

} // namespace caviar::cuda
