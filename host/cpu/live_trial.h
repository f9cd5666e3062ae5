#pragma once
/// A trial as it lives on the CPU: its net, its optimizer's state, its curve.

#include "caviar/dataset.h"
#include "caviar/engine.h"
#include "host/cpu/kernels.h"
#include "host/cpu/shape.h"

#include <cstddef>
#include <span>
#include <vector>

namespace caviar::cpu {

class LiveTrial {
public:
    /// Throws UsageError for hyperparameters out of range or a scaling that the data set does not have.
    LiveTrial(const Trial&, const Dataset&, const PopulationOptions&, const Kernels&);

    const Hyperparameters& settings() const { return settings_; }
    /// Throws UsageError where something changes that may not change in mid-training.
    void adjust(const Hyperparameters&);
    /// Memory and first weights, where it has none yet.
    void start();
    bool ended() const { return result.state != TrialState::waiting; }
    int32_t epochs() const { return static_cast<int32_t>(result.curve.size()); }

    /// Takes the net and the optimizer's state of another. Throws UsageError where its shape is another.
    void clone_from(LiveTrial& other);
    std::vector<std::byte> checkpoint();
    void restore(std::span<const std::byte>);
    Weights weights();

    /// Enters an epoch: the curve, the best epoch and its weights, and whether the trial has ended.
    void record(const EpochLosses&);

    /// What an epoch changes, so that a half-trained one can be undone.
    struct Snapshot {
        AlignedFloats parameters, m, v;
        int64_t updates = 0, steps = 0;
    };
    void save(Snapshot&) const;
    void go_back(const Snapshot&);

    Shape shape;
    AlignedFloats parameters, m, v;
    int64_t updates = 0; ///< since the optimizer's state was zero: Adam's t
    int64_t steps = 0;   ///< minibatches trained on
    TrialResult result;

private:
    std::vector<float> first_weights() const;
    void clear_optimizer();
    bool better_than_best(const EpochLosses&) const;
    bool stops_early() const;

    Hyperparameters settings_;
    PopulationOptions options_;
    const Kernels* kernels_;
    bool validates_;       ///< the data set has validation rows
    AlignedFloats best_;   ///< parameters after the best epoch; empty where there is none or nothing is validated
};

} // namespace caviar::cpu
