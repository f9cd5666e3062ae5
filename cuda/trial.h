#pragma once
/// A trial of the CUDA engine as the host knows it: its settings, its curve, and where its net is.

#include "caviar/dataset.h"
#include "caviar/engine.h"
#include "cuda/data.h"
#include "cuda/homes.h"
#include "cuda/plan.h"
#include "host/core/saved_trial.h"

#include <vector>

namespace caviar::cuda {

/// How the user wants all trials to be trained.
struct EngineSettings {
    Tier tier = Tier::automatic;
    Precision precision = Precision::fp32;
    int32_t profile_rung = 0; ///< which call of `train` a profiler is to look at, from 1; 0: none
};

/// What the trials of a population share.
struct Setting {
    const Dataset& data;
    PopulationOptions options;
    EngineSettings engine;
    int64_t shared_bytes; ///< of a block on this device
    int32_t multiprocessors; ///< of this device
};

/// A net's image: its parts one after the other, `part_floats` each, rows padded as the kernel wants them. It has the same layout in
/// device memory (the trial's home) and on the host, so that one copy takes a trial from one to the other.
class LiveTrial {
public:
    enum class Part : uint8_t { parameters, m, v, best };
    enum class Place : uint8_t { nowhere, host, device };

    /// Throws UsageError for hyperparameters out of range or a scaling that the data set does not have, DeviceError where a forced
    /// tier cannot take it. The setting must outlive it.
    LiveTrial(const Trial&, const Setting&);

    const Hyperparameters& settings() const { return settings_; }
    const std::vector<int32_t>& widths() const { return widths_; }
    const Plan& plan() const { return plan_; }
    Place place() const { return home_ ? Place::device : image_.empty() ? Place::nowhere : Place::host; }
    bool ended() const { return result.state != TrialState::waiting; }
    /// Predicted clocks of an epoch's steps: what is dear and what is not.
    double epoch_clocks() const;
    int32_t epochs() const { return static_cast<int32_t>(result.curve.size()); }

    /// Floats of an image, and of the home it needs.
    int64_t floats() const;
    /// Floats of the workspace that a step needs.
    int64_t workspace_floats() const;
    /// Takes a home; false where the device has no room. A net that is on the host moves in.
    bool move_in(Device&, Homes&);
    /// Gives the home up; the net goes to the host.
    void move_out(Device&, Homes&);
    /// Gives the home up for good.
    void leave(Homes&) noexcept;

    /// All of the job but its epochs and where its curve goes. It must have a home.
    Job job(const DeviceData::Parts&, float valid_spread) const;
    /// A launch takes the home over, until its results are entered, or until it is handed back as it was. A trial whose launch fails stays
    /// taken, perhaps in mid-epoch: whatever asks for its net then throws DeviceError.
    void take() { taken_ = true; }
    void hand_back() { taken_ = false; }
    /// Enters what a launch has brought. `curve`: the epochs of this launch.
    void enter(const Progress&, std::span<const EpochRecord> curve);

    /// Throws UsageError where something changes that may not change in mid-training. An optimizer with another kind of state is for
    /// a trial that is not on the device.
    void adjust(const Hyperparameters&);
    /// Weights, and the optimizer's state where both keep the same kind, from home to home; false, and nothing is done, where one of them is
    /// not on the device or the kinds differ. Throws UsageError where the other's net has another shape.
    bool clone_there(const LiveTrial& other, Device&);
    /// The same for any two of which neither is on the device.
    void clone_from(LiveTrial& other);
    /// It may not be on the device. Throws DataError, and changes nothing, for bytes that are not its checkpoint.
    void restore(std::span<const std::byte>);

    /// These look at it wherever it is.
    std::vector<std::byte> checkpoint(Device&) const;
    Weights weights(Device&) const;

    TrialResult result;

private:
    bool has(Part) const;
    int64_t offset(Part) const; ///< of a part it has
    Plan plan_for(const Hyperparameters&) const;
    void require_whole() const;
    void start();
    std::vector<float> first_image() const;
    void clear_optimizer();
    int64_t state_floats() const;
    void require_same_shape(const LiveTrial& other) const;
    void go_on_from(const LiveTrial& other);
    std::vector<float> unpadded(Device&, Part) const;

    const Setting& setting_;
    Hyperparameters settings_;
    bool validates_;
    std::vector<int32_t> widths_;
    std::vector<mlp::Layer> layers_;
    int64_t part_floats_ = 0;
    Plan plan_{};
    std::vector<float> image_;
    float* home_ = nullptr;
    bool drawn_ = false;    ///< there is a net in the home
    bool taken_ = false;    ///< a launch has the home
    int64_t updates_ = 0; ///< since the optimizer's state was zero: Adam's t
    int64_t steps_ = 0;   ///< minibatches trained on
    bool has_best_ = false; ///< the image's part `best` is filled
};

} // namespace caviar::cuda
