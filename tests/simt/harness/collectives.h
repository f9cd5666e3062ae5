#pragma once
/// CUDA's barriers, shuffles and votes.

#include "tests/simt/harness/lane.h"

#include <bit>
#include <cstring>

namespace caviar::simt {

/// The value that lane `from` of the warp hands in.
template <class T> T shuffle(unsigned mask, T value, unsigned from, Site site) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "__shfl_sync takes 4 or 8 bytes");
    uint32_t in[3] = {0, 0, from}, out[2] = {};
    std::memcpy(in, &value, sizeof value);
    collective(WarpCall::shuffle, mask, site, in, 3, out, 2);
    std::memcpy(&value, out, sizeof value);
    return value;
}

inline unsigned ballot(unsigned mask, int predicate, Site site) {
    const uint32_t in[1] = {predicate != 0};
    uint32_t out[1] = {};
    collective(WarpCall::ballot, mask, site, in, 1, out, 1);
    return out[0];
}

/// A warp is cut in segments of `width` lanes; what lies outside the caller's is its own.
inline unsigned segment(int width) { return lane().in_warp() & ~static_cast<unsigned>(width - 1); }

inline void __syncthreads(Site site = Site::here()) { block_barrier(site); }
inline void __syncwarp(unsigned mask = ~0u, Site site = Site::here()) { warp_barrier(mask, site); }

template <class T> T __shfl_sync(unsigned mask, T value, int from, int width = 32, Site site = Site::here()) {
    return shuffle(mask, value, segment(width) + (static_cast<unsigned>(from) & static_cast<unsigned>(width - 1)), site);
}
template <class T> T __shfl_up_sync(unsigned mask, T value, unsigned by, int width = 32, Site site = Site::here()) {
    const unsigned self = lane().in_warp();
    return shuffle(mask, value, self >= segment(width) + by ? self - by : self, site);
}
template <class T> T __shfl_down_sync(unsigned mask, T value, unsigned by, int width = 32, Site site = Site::here()) {
    const unsigned self = lane().in_warp();
    return shuffle(mask, value, self + by < segment(width) + static_cast<unsigned>(width) ? self + by : self, site);
}
template <class T> T __shfl_xor_sync(unsigned mask, T value, int with, int width = 32, Site site = Site::here()) {
    // a lower segment can be read, a higher one not (CUDA C++ Programming Guide, "Warp Shuffle Functions")
    const unsigned self = lane().in_warp(), from = self ^ static_cast<unsigned>(with);
    return shuffle(mask, value, from < segment(width) + static_cast<unsigned>(width) ? from : self, site);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, Site site = Site::here()) { return ballot(mask, predicate, site); }
inline int __any_sync(unsigned mask, int predicate, Site site = Site::here()) { return ballot(mask, predicate, site) != 0; }
inline int __all_sync(unsigned mask, int predicate, Site site = Site::here()) { return ballot(mask, predicate, site) == mask; }

} // namespace caviar::simt

using caviar::simt::__all_sync;
using caviar::simt::__any_sync;
using caviar::simt::__ballot_sync;
using caviar::simt::__shfl_down_sync;
using caviar::simt::__shfl_sync;
using caviar::simt::__shfl_up_sync;
using caviar::simt::__shfl_xor_sync;
using caviar::simt::__syncthreads;
using caviar::simt::__syncwarp;
