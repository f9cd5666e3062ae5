#include "cuda/runtime/grouped.h"

#include "cuda/device/grouped_stages.cuh"

namespace caviar::cuda {

cudaError_t start_opening(GroupedTrial* trial, const Opening& opening, cudaStream_t stream) {
    grouped_open<<<1, block_threads, stage_shared_bytes, stream>>>(trial, opening);
    return cudaGetLastError();
}

cudaError_t start_stage(GroupedTrial* trial, const Stage& stage, cudaStream_t stream) {
    const auto run = [&](auto* kernel, int32_t threads) {
        kernel<<<static_cast<unsigned>(stage.blocks), static_cast<unsigned>(threads), stage_shared_bytes, stream>>>(trial, stage);
        return cudaGetLastError();
    };
    switch (stage.kind) {
    case Stage::Kind::gather: return run(grouped_gather, sheet_threads);
    case Stage::Kind::activate: return run(grouped_activate, sheet_threads);
    case Stage::Kind::judge: return run(grouped_judge, block_threads);
    case Stage::Kind::learn: return run(grouped_learn, sheet_threads);
    case Stage::Kind::end: return run(grouped_end, block_threads);
    }
    return cudaErrorInvalidValue;
}

} // namespace caviar::cuda
