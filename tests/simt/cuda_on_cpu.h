#pragma once
/// Included before anything else (`-include`), it lets a host compiler take device code for C++: CUDA's words mean nothing, its
/// built-in names come from the harness. Only what the project uses is here. Left out on purpose: `__shared__` (shared memory is
/// asked for by shared_memory()), `__activemask`.

#define CAVIAR_SIMT 1
#define CAVIAR_DEVICE 1
#define CAVIAR_ISA simt_lanes // not to be merged with the same headers compiled for the CPU

#include "tests/simt/harness/arithmetic.h"
#include "tests/simt/harness/atomics.h"
#include "tests/simt/harness/collectives.h"
#include "tests/simt/harness/copies.h"
#include "tests/simt/harness/lane.h"
#include "tests/simt/harness/mma.h"
#include "tests/simt/harness/types.h"
#include "tests/simt/harness/written.h"

#define __global__
#define __device__
#define __host__
#define __constant__
#define __launch_bounds__(...)
#define __grid_constant__
#define __forceinline__ inline // left to the compiler: inlining all makes the kernels take minutes
#define __align__(n) __attribute__((aligned(n)))

#define threadIdx (::caviar::simt::thread_index())
#define blockIdx (::caviar::simt::block_index())
#define blockDim (::caviar::simt::block_size())
#define gridDim (::caviar::simt::grid_size())
#define warpSize 32

inline long long clock64() { return caviar::simt::clock_now(); }
[[noreturn]] inline void __trap(caviar::simt::Site site = caviar::simt::Site::here()) { caviar::simt::trap(site); }
