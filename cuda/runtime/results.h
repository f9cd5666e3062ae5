#pragma once
/// Ranking on the device; Thrust and its compile time stay behind these functions.

#include "cuda/results.h"

#include <cuda_runtime_api.h>

#include <cstddef>

namespace caviar::cuda {

/// What Thrust works in: a piece of device memory that is taken once, so that a launch's end waits for no allocation. What it does not do
/// for is asked for anew. One thread at a time.
class RankingMemory {
public:
    using value_type = char; ///< Thrust asks

    RankingMemory() = default;
    RankingMemory(const RankingMemory&) = delete;
    RankingMemory& operator=(const RankingMemory&) = delete;
    ~RankingMemory();

    /// Takes the piece. Throws OutOfDeviceMemory.
    void open();
    /// At a multiple of 256 bytes. Throws std::bad_alloc.
    char* allocate(std::ptrdiff_t bytes);
    void deallocate(char*, size_t bytes) noexcept;

private:
    char* piece_ = nullptr;
    std::ptrdiff_t used_ = 0;
    int parts_ = 0; ///< of the piece that are in use
};

/// rank_results and gather_curves (cuda/device/rank_results.cuh) on a stream; they are done when these return. Throw DeviceError.
void rank_on_device(const Results&, RankingMemory&, cudaStream_t);
void gather_on_device(const Results&, int64_t first, int64_t count, EpochRecord* to, RankingMemory&, cudaStream_t);

} // namespace caviar::cuda
