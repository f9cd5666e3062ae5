#pragma once
/// What the trials of a launch leave for the host, counters and curves, no nets: room for it on the device, and reading it.

#include "cuda/device.h"

#include <memory>
#include <span>
#include <vector>

namespace caviar::cuda {

class LaunchResults {
public:
    explicit LaunchResults(std::shared_ptr<Device> device) : device_(std::move(device)) {}

    /// Room for so many trials and epochs. Throws OutOfDeviceMemory.
    void reserve(int64_t trials, int64_t records);
    void release();
    int64_t records() const { return curves_.size(); }

    /// Before a launch of so many trials: none has ended.
    void clear(size_t trials);
    uint32_t* ended() const { return ended_.data(); }     ///< for Launch
    EpochRecord* curves() const { return curves_.data(); } ///< for its jobs: all of them have room in it

    struct One {
        uint32_t job;
        Progress progress;
        std::vector<EpochRecord> curve; ///< of this launch
    };

    /// While kernel and lanes work: some of those that have ended and were not read. Nothing else can run on a device that the kernel
    /// fills, so each is copied by itself: two copies, assumed to take 10 us each, which at some tens of thousands of trials a second is as long as
    /// they train; hence no more than a few at a time. `curve_at`: where each job's curve begins in `curves`.
    std::vector<One> some(const Job* jobs, std::span<const int64_t> curve_at);
    /// More had ended than `some` has read.
    bool behind() const { return behind_; }

    /// Once nothing runs any more: all that were not read, the lowest loss first. They are ranked, and their curves put end to end, on the
    /// device (Device::rank): what a trial did not train, and what was read before, is not copied.
    std::vector<One> rest(const Job* jobs);

private:
    uint32_t count_ended() const;

    std::shared_ptr<Device> device_;
    DeviceArray<uint32_t> ended_, rank_;
    DeviceArray<float> losses_;
    DeviceArray<Progress> progress_;
    DeviceArray<int64_t> curve_end_;
    DeviceArray<EpochRecord> curves_, gathered_;
    uint32_t read_ = 0;
    bool behind_ = false;
};

} // namespace caviar::cuda
