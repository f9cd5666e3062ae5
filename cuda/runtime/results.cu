#include "cuda/runtime/results.h"

#include "cuda/device/rank_results.cuh"
#include "cuda/runtime/failure.h"

#include <thrust/system/cuda/execution_policy.h>
#include <thrust/system_error.h>

#include <new>

namespace caviar::cuda {
namespace {

/// Sorting 65,536 pairs of four bytes, the most that a launch ends with, wants them twice and some counters: three times that.
constexpr std::ptrdiff_t piece_bytes = 4 << 20;

template <class Work> void on_device(RankingMemory& memory, cudaStream_t stream, const Work& work) {
    constexpr const char* doing = "ranking results on the GPU";
    try {
        work(thrust::cuda::par(memory).on(stream));
    } catch (const thrust::system_error& e) {
        fail(static_cast<cudaError_t>(e.code().value()), doing);
    } catch (const std::bad_alloc&) {
        fail(cudaErrorMemoryAllocation, doing);
    }
    require(cudaStreamSynchronize(stream), doing);
}

} // namespace

RankingMemory::~RankingMemory() { cudaFree(piece_); }

void RankingMemory::open() { require(cudaMalloc(reinterpret_cast<void**>(&piece_), piece_bytes), "opening the GPU"); }

char* RankingMemory::allocate(std::ptrdiff_t bytes) {
    const std::ptrdiff_t whole = (bytes + 255) / 256 * 256;
    if (whole <= piece_bytes - used_) {
        ++parts_;
        used_ += whole;
        return piece_ + used_ - whole;
    }
    void* place = nullptr;
    if (cudaMalloc(&place, static_cast<size_t>(bytes)) != cudaSuccess) {
        cudaGetLastError(); // it has been seen
        throw std::bad_alloc();
    }
    return static_cast<char*>(place);
}

void RankingMemory::deallocate(char* place, size_t) noexcept {
    if (place < piece_ || place >= piece_ + piece_bytes) {
        cudaFree(place);
        return;
    }
    if (--parts_ == 0) used_ = 0;
}

void rank_on_device(const Results& results, RankingMemory& memory, cudaStream_t stream) {
    on_device(memory, stream, [&](const auto& policy) { rank_results(policy, results); });
}

void gather_on_device(const Results& results, int64_t first, int64_t count, EpochRecord* to, RankingMemory& memory, cudaStream_t stream) {
    on_device(memory, stream, [&](const auto& policy) { gather_curves(policy, results, first, count, to); });
}

} // namespace caviar::cuda
