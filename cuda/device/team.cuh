#pragma once
/// A team: the lanes that train one trial. One warp, or several of a block that meet at a named barrier.

#include "cuda/device/intrinsics.cuh"
#include "cuda/job.h"

namespace caviar::cuda {

struct Team {
    int32_t lane;    ///< of this thread in the team
    int32_t lanes;   ///< whole warps; a power of two of them where there are products to deal out
    int32_t barrier; ///< 1 to 15, its own; a team of one warp needs none
    double* partial; ///< shared, one a warp: for sums

    /// All lanes have arrived, and each sees what the others wrote before.
    __device__ void sync(Site site = Site::here()) const {
        if (lanes == warp)
            warp_barrier(~0u, site);
        else
            named_barrier(barrier, lanes, site);
    }
    __device__ int32_t warp_index() const { return lane / warp; }
    __device__ int32_t warps() const { return lanes / warp; }
    __device__ int32_t lane_in_warp() const { return lane % warp; }

    /// The sum of all lanes' values, the same for each: a tree over a warp's lanes, then the warps in order. Also a sync.
    template <class T> __device__ T sum(T value) const {
        for (int32_t distance = warp / 2; distance > 0; distance /= 2) value += __shfl_xor_sync(0xffffffffu, value, distance);
        if (lane_in_warp() == 0) partial[warp_index()] = value;
        sync(); // the sums of all warps are there, and what the lanes wrote while they summed
        if (lanes == warp) return value;
        T total = 0;
        for (int32_t w = 0; w < warps(); ++w) total += static_cast<T>(partial[w]);
        sync(); // nobody reads them any more: the next sum may write
        return total;
    }

    /// Lane 0's value, for all, by way of `word`. Also a sync; another must come before the same word is used again.
    __device__ int32_t tell(int32_t value, int32_t* word) const {
        if (lane == 0) *word = value;
        sync(); // the word is there
        return *word;
    }
};

} // namespace caviar::cuda
