#pragma once
/// The prediction kernel: blocks take parts of the rows in turn.

#include "caviar/mlp/train_step.h"
#include "cuda/device/block.cuh"
#include "cuda/predict.h"

namespace caviar::cuda {

/// Shared memory of a block.
inline constexpr int64_t prediction_shared_bytes = static_cast<int64_t>(sizeof(PredictionHead)) + stage_floats * 4;

__global__ void __launch_bounds__(block_threads, 1) predict_rows(const Prediction given) {
    PredictionHead& head = *reinterpret_cast<PredictionHead*>(shared_memory());
    if (threadIdx.x == 0) head.prediction = given;
    const Team team{static_cast<int32_t>(threadIdx.x), block_threads, 1, head.partial};
    team.sync(); // the prediction is there
    const Prediction& p = head.prediction;
    DeviceBlock<false, false> block(team, Precision::fp32, reinterpret_cast<float*>(shared_memory() + sizeof(PredictionHead)));
    const mlp::NetView net{p.layer, p.layers, p.input_ld, p.activation, Loss::mean_squared_error, p.parameters};
    const int32_t chunk = p.workspace.rows, width = p.layer[p.layers - 1].out;
    for (int64_t first = int64_t{blockIdx.x} * chunk; first < p.rows; first += int64_t{gridDim.x} * chunk) {
        const int32_t rows = static_cast<int32_t>(p.rows - first < chunk ? p.rows - first : chunk);
        // The next rows replace the outputs after a sync, that of their gathering: by then these are read.
        mlp::predict(block, mlp::ForwardView{net, p.features + first * p.stride, p.stride, rows, p.scratch + blockIdx.x * p.workspace.size,
                                             p.workspace, p.outputs + first * width, nullptr});
    }
}

} // namespace caviar::cuda
