#pragma once
/// Trains one trial at a time, on the thread that calls.

#include "host/cpu/live_trial.h"

#include <functional>

namespace caviar::cpu {

/// One worker: its buffers grow to the largest trial it meets and are used again for the next.
class Trainer {
public:
    Trainer(const Dataset&, const PopulationOptions&, const Kernels&);

    struct Orders {
        std::function<bool()> stop;         ///< asked between minibatches; empty: never
        std::function<void()> epoch_done;
    };
    /// At most `epochs` more epochs. Returns false where a stop caught it: it then stands after its last whole epoch.
    bool train(LiveTrial&, int32_t epochs, const Orders&);

private:
    bool train_epoch(LiveTrial&, const Orders&, EpochLosses&);
    void validate(LiveTrial&, EpochLosses&);
    mlp::NetView view(LiveTrial&) const;

    const Dataset& data_;
    PopulationOptions options_;
    const Kernels& kernels_;
    AlignedFloats scratch_, memory_;
    mlp::Workspace workspace_{};
    std::vector<float> outputs_;
    LiveTrial::Snapshot snapshot_;
};

/// Raw outputs (rows x last width) of a net over all rows of a matrix; adds up their losses where targets are given.
struct Prediction {
    const Kernels& kernels;
    const mlp::NetView& net;
    const mlp::Workspace& workspace;
    float *memory, *scratch;
};
double predict(const Prediction&, const Matrix&, const float* targets, float* outputs);

} // namespace caviar::cpu
