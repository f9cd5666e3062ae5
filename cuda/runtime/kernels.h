#pragma once
/// Starting the kernels: what needs nvcc is behind these functions, so that the rest is plain C++.

#include "cuda/job.h"
#include "cuda/predict.h"

#include <cuda_runtime_api.h>

namespace caviar::cuda {

/// Loads the kernels for the current device and lets them have so much shared memory.
cudaError_t prepare_kernels(int64_t shared_bytes);

cudaError_t start_training(const Launch&, bool matrix, int32_t blocks, cudaStream_t);
cudaError_t start_prediction(const Prediction&, int32_t blocks, cudaStream_t);

} // namespace caviar::cuda
