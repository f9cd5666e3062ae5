#include "tests/cuda/played.h"

#include "cuda/device/predict_rows.cuh"
#include "cuda/device/train_trials.cuh"

namespace caviar::cuda {

void play(const simt::Schedule& schedule, unsigned blocks, bool matrix, const Launch& launch) {
    simt::launch(schedule, blocks, block_threads, static_cast<size_t>(launch.shared_bytes), matrix ? train_trials_matrix : train_trials, launch);
}

void play(const simt::Schedule& schedule, unsigned blocks, const Prediction& prediction) {
    simt::launch(schedule, blocks, block_threads, prediction_shared_bytes, predict_rows, prediction);
}

} // namespace caviar::cuda
