#pragma once
/// What a training step or a forward pass is given: plain values, the same for host and device.

#include "caviar/hyperparameters.h"
#include "caviar/metric.h"
#include "caviar/mlp/layout.h"
#include "caviar/mlp/optimizer.h"
#include "caviar/mlp/shuffle.h"

#include <cstdint>

namespace caviar::mlp {

/// A net on its way through a block. Everything is borrowed.
struct NetView {
    const Layer* layer;
    int32_t layers;       ///< hidden ones and the output
    int32_t input_ld;     ///< of the gathered minibatch
    Activation activation;
    Loss loss;
    float* parameters;
};

struct StepView {
    NetView net;
    float *m, *v;             ///< optimizer state, laid out like the parameters; nullptr where it keeps none
    UpdateRule rule;
    const float* features;    ///< of the whole training part
    int64_t stride;           ///< floats from row to row of it
    const float* targets;
    Shuffle shuffle;          ///< of this epoch
    uint32_t first;           ///< position of the minibatch in it
    int32_t rows;
    int32_t chunk;            ///< at most so many rows at a time; a multiple of 8
    float dropout;
    uint64_t study_seed, trial_seed, step; ///< key dropout
    float* memory;            ///< the workspace
    Workspace workspace;
};

struct ForwardView {
    NetView net;
    const float* features;
    int64_t stride;
    int32_t rows;             ///< at most the rows the workspace was laid out for
    float* memory;
    Workspace workspace;
    float* outputs;           ///< rows x out of the last layer, without padding; nullptr: they stay in the workspace alone
    const float* targets;     ///< nullptr: no loss is asked for
};

} // namespace caviar::mlp
