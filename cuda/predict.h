#pragma once
/// What a launch of the prediction kernel is given.

#include "cuda/job.h"

namespace caviar::cuda {

/// Raw outputs of one net over many rows. Everything it points to is in device memory.
struct Prediction {
    mlp::Layer layer[max_layers + 1];
    int32_t layers;
    int32_t input_ld;
    Activation activation;
    mlp::Workspace workspace; ///< for the rows that go through at a time
    float* parameters;        ///< laid out as `layer` says
    const float* features;    ///< rows x stride, 16-byte aligned, stride a multiple of four
    int64_t rows, stride;
    float* outputs;           ///< rows x the last layer's out, without padding
    float* scratch;           ///< workspace.size floats for each block
};

/// The beginning of a block's shared memory; the stage for products follows. A multiple of 64 bytes.
struct alignas(64) PredictionHead {
    Prediction prediction;
    double partial[block_threads / warp];
};

} // namespace caviar::cuda
