#pragma once
/// Starting the grouped tier's kernels: what needs nvcc is behind these functions.

#include "cuda/grouped.h"

#include <cuda_runtime_api.h>

namespace caviar::cuda {

cudaError_t start_opening(GroupedTrial*, const Opening&, cudaStream_t);
cudaError_t start_stage(GroupedTrial*, const Stage&, cudaStream_t);

} // namespace caviar::cuda
