#pragma once
/// Takes a wave's grouped trials through the lanes of the device: each lane has one at a time, the dearest first.

#include "cuda/device.h"
#include "cuda/series.h"

#include <exception>
#include <memory>
#include <vector>

namespace caviar::cuda {

class Feeder {
public:
    struct Trial {
        Job job;
        uint32_t index; ///< in launch.jobs
    };

    /// The lanes must be open.
    Feeder(std::shared_ptr<Device>, const Launch&, std::vector<Trial>, std::vector<LaneMemory>);

    /// Waits for what was submitted, so that nothing reads a net or a lane's memory any more.
    ~Feeder();
    Feeder(const Feeder&) = delete;
    Feeder& operator=(const Feeder&) = delete;

    /// Lets the library load what the trials' products need, while all lanes idle and no kernel runs. Loading may have to wait for all that runs
    /// (CUDA Programming Guide, "Lazy Loading", potential hazards): beside the training kernel it would keep this thread until that ends, and
    /// with it a stop. Nothing is lost where memory does not do.
    void load_products();

    /// Submits what lanes have room for, and returns. False: the lanes idle, and no more trials will begin.
    bool feed();

    /// Begins no more trials; those under way go on.
    void close() { closed_ = true; }
    /// Why the feeder has closed itself: the device's memory did not do for one more trial, which is as it was. nullptr: it has not.
    std::exception_ptr refused() const { return refused_; }

private:
    struct Lane {
        LaneMemory memory;
        bool busy = false;
        int32_t step = 0, short_step = 0, chunk = 0, short_chunk = 0, end = 0; ///< series of the present trial
        int64_t steps = 0, chunks = 0;                                         ///< whole ones of an epoch
        bool ends_short = false, validates_short = false;
        int64_t epochs = 0;    ///< still to be submitted
        int64_t next = 0;      ///< series of the present epoch submitted
        uint32_t ahead = 0;    ///< series submitted since the opening
    };

    void begin_next(int32_t number, Lane&);
    void open(int32_t number, Lane&, const Trial&);
    int32_t next_series(Lane&) const;

    std::shared_ptr<Device> device_;
    Launch launch_;
    std::vector<Trial> trials_;
    std::vector<Lane> lanes_;
    size_t begun_ = 0;
    bool closed_ = false;
    std::exception_ptr refused_;
};

} // namespace caviar::cuda
