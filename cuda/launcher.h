#pragma once
/// Trains the trials of one wave in one launch, and keeps the memory that launches need besides the nets' homes.
///
/// Which trials go on is for schedulers to say: a survivor's net stays in its home, and the queue of the next launch is a list of indices.

#include "cuda/feeder.h"
#include "cuda/launch_results.h"
#include "cuda/ledger.h"
#include "cuda/trial.h"

#include <chrono>
#include <exception>
#include <functional>
#include <span>

namespace caviar::cuda {

class Launcher {
public:
    /// What is done is entered in the ledger; it must outlive this.
    Launcher(std::shared_ptr<Device>, const Setting&, Ledger&);

    /// One trial of a wave.
    struct Entry {
        LiveTrial* trial;
        int32_t epochs; ///< to train at most
        double clocks;  ///< predicted, for the order: small minibatches take more of them than their operations tell
        double flops;   ///< for shares of the time: a sample's in all epochs
    };

    /// What the caller is told and asked while trials train, a few times a second.
    struct Orders {
        std::function<bool()> stop;                    ///< true: end at the next epoch's end
        std::function<void(int64_t epochs)> progress;  ///< epochs finished so far in this launch
        std::function<void(LiveTrial&)> ended;         ///< its results are entered; the kernel may still run
    };

    /// Brings the data that these need to the device. Throws OutOfDeviceMemory, with the numbers.
    void load(std::span<const Entry>);
    /// Memory besides homes and data for waves of these trials: for all of them at once, a block on every multiprocessor and all lanes, or a
    /// `share`-th of each. Throws OutOfDeviceMemory.
    void reserve(std::span<const Entry>, int32_t share);
    /// How many of these, from the first on, what is reserved takes in one wave: one at least.
    size_t most(std::span<const Entry>) const;

    /// Gives all of that back but the data.
    void release();
    /// Lanes that are reserved.
    int32_t lanes() const { return lane_count_; }

    /// All must have homes, and no more than `most`. Results are entered into the trials, which may have trained fewer epochs than were asked
    /// for, or none, where
    /// - a stop was asked for;
    /// - the device limits how long a kernel takes: all stop at an epoch's end once it has run as long, and go on in another run;
    /// - the device's memory did not do for all: `refused` is the OutOfDeviceMemory that said so.
    /// An exception out of `orders` ends the launch early, and goes on once what was trained is entered. After any other one trials that
    /// were under way are lost (LiveTrial::take).
    ///
    /// While kernel and lanes work, this thread reads the results of trials that have ended, and the caller records them (`ended`). What is
    /// left at the end (all of it, where trials take equally long) comes ranked, the lowest loss first.
    struct Outcome {
        std::exception_ptr refused;
        std::vector<LiveTrial*> rest; ///< results are entered, and `ended` did not hear of it
    };
    Outcome run(std::span<const Entry>, const Orders&);

private:
    struct Words {
        uint32_t next[class_count];
        int32_t epochs_done;
        int32_t stop;
        Tally tally;
    };

    /// A launch under way.
    struct Wave {
        std::vector<Entry> entries;     ///< as the jobs lie on the device
        std::vector<int64_t> curve_at;  ///< where each one's curve begins
        double flops_an_epoch = 0;      ///< mean over the epochs asked for, of one row
        Ledger::Parts parts;            ///< what was done so far, on which tier
        std::unique_ptr<Feeder> feeder; ///< of its grouped trials
        bool kernel = false;            ///< runs, for the others
        std::exception_ptr refused;     ///< why it did not start: memory
        std::chrono::steady_clock::time_point begin;
        double began = 0;               ///< the same by the wall clock
        std::chrono::steady_clock::time_point pause = begin.max(); ///< when all are to stop at an epoch's end
    };

    Launch launch_of(const std::vector<Job>&, const std::vector<uint32_t> (&queue)[class_count]);
    std::vector<LaneMemory> lane_memory() const;
    int32_t blocks_for(const Wave&) const;
    void start(Wave&, const Launch&, int32_t others);
    bool go_on(Wave&, std::chrono::milliseconds);
    void end_early(Wave&) noexcept;
    std::exception_ptr attend(Wave&, const Orders&);
    std::vector<LiveTrial*> enter(Wave&, bool all);

    std::shared_ptr<Device> device_;
    const Setting& setting_;
    Ledger& ledger_;
    DeviceData data_;
    int32_t blocks_ = 0;
    int64_t scratch_floats_ = 0, score_floats_ = 0;
    int32_t score_teams_ = 0;
    int32_t lane_count_ = 0;
    int64_t lane_floats_ = 0;  ///< of a lane's own, without its scores and the library's
    DeviceArray<float> scratch_, scores_;
    DeviceArray<float> lanes_; ///< what each lane works in, one after the other
    DeviceArray<Job> jobs_;
    DeviceArray<uint32_t> queue_;
    DeviceArray<Words> words_;
    LaunchResults results_;
};

} // namespace caviar::cuda
