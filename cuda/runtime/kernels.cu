#include "cuda/runtime/kernels.h"

#include "cuda/device/predict_rows.cuh"
#include "cuda/device/train_trials.cuh"

namespace caviar::cuda {

cudaError_t prepare_kernels(int64_t shared_bytes) {
    const auto prepare = [](auto* kernel, int64_t bytes) {
        const cudaError_t error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes));
        if (error != cudaSuccess) return error;
        return cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout, cudaSharedmemCarveoutMaxShared);
    };
    cudaError_t error = prepare(train_trials, shared_bytes);
    if (error == cudaSuccess) error = prepare(train_trials_matrix, shared_bytes);
    if (error == cudaSuccess) error = prepare(predict_rows, prediction_shared_bytes);
    return error;
}

cudaError_t start_training(const Launch& launch, bool matrix, int32_t blocks, cudaStream_t stream) {
    const auto bytes = static_cast<size_t>(launch.shared_bytes);
    if (matrix)
        train_trials_matrix<<<static_cast<unsigned>(blocks), block_threads, bytes, stream>>>(launch);
    else
        train_trials<<<static_cast<unsigned>(blocks), block_threads, bytes, stream>>>(launch);
    return cudaGetLastError();
}

cudaError_t start_prediction(const Prediction& prediction, int32_t blocks, cudaStream_t stream) {
    predict_rows<<<static_cast<unsigned>(blocks), block_threads, prediction_shared_bytes, stream>>>(prediction);
    return cudaGetLastError();
}

} // namespace caviar::cuda
