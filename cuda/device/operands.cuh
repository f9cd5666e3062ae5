#pragma once
/// What a matrix product is given.

#include "caviar/mlp/block.h"
#include "cuda/device/team.cuh"

namespace caviar::cuda {

using mlp::Lanes;

/// C (rows x columns) = init + A B over `depth`. A is rows x depth, or stored depth x rows where it is read transposed.
struct Operands {
    const float *a, *b, *init; ///< init nullptr: zero
    int32_t lda, ldb, ld_init;
    int32_t rows, columns, depth;
};

__device__ inline int32_t divide_up(int32_t a, int32_t b) { return (a + b - 1) / b; }

/// The same by 2^bits. The device divides by a number that it learns only as it runs in twenty instructions and more.
__device__ inline int32_t divide_up_log2(int32_t a, int32_t bits) { return (a + (1 << bits) - 1) >> bits; }

/// Of a power of two.
__device__ constexpr int32_t log2_of(int32_t power) { return power > 1 ? 1 + log2_of(power / 2) : 0; }

/// The same pointer, known to be to shared memory: the compiler then uses the faster instructions for it.
template <class T> __device__ __forceinline__ T* as_shared(T* p) {
#if defined(__CUDA_ARCH__)
    const uint32_t offset = static_cast<uint32_t>(__cvta_generic_to_shared(p)) - static_cast<uint32_t>(__cvta_generic_to_shared(shared_memory()));
    return reinterpret_cast<T*>(shared_memory() + offset);
#else
    return p;
#endif
}

} // namespace caviar::cuda
