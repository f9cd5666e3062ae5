#pragma once
/// What CUDA C++ has no name for: PTX instructions, and the barriers that tests can tell apart. The only file with inline PTX.
///
/// Where a host compiler plays the device (CAVIAR_SIMT: tests/simt), all of it comes from there. Needs sm_80 or newer, and traps
/// below: the products on the matrix units. Below sm_80 a copy said to be asynchronous is an ordinary one.

#include <cstdint>

namespace caviar::cuda {

#if defined(CAVIAR_SIMT)

using simt::block_barrier;
using simt::cp_async_16;
using simt::cp_async_commit;
using simt::cp_async_wait;
using simt::mma_m16n8k16_bf16;
using simt::mma_m16n8k8_tf32;
using simt::named_barrier;
using simt::pack_bf16x2;
using simt::shared_memory;
using simt::Site;
using simt::to_tf32;
using simt::warp_barrier;

#else

/// Where a barrier stands in the source: nothing on the device. Pass it on: `void sync(Site site = Site::here())`.
struct Site {
    __host__ __device__ static constexpr Site here() { return {}; }
};

/// The block's dynamic shared memory, 16-byte aligned.
__device__ __forceinline__ char* shared_memory() {
    extern __shared__ __align__(16) char dynamic_shared_memory[];
    return dynamic_shared_memory;
}

/// All threads of the block; what they wrote before is seen by all after.
__device__ __forceinline__ void block_barrier(Site = Site::here()) { __syncthreads(); }

/// The lanes of `mask`, which are of one warp.
__device__ __forceinline__ void warp_barrier(unsigned mask = ~0u, Site = Site::here()) { __syncwarp(mask); }

/// `threads` of the block's threads, in whole warps, meet at barrier `id`, 0 to 15; __syncthreads() uses barrier 0.
__device__ __forceinline__ void named_barrier(int id, int threads, Site = Site::here()) {
    asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

/// Copies 16 bytes from global to shared memory, both 16-byte aligned. They are there, for the calling lane alone, after the
/// cp_async_wait that covers them; for other lanes after a barrier behind it.
__device__ __forceinline__ void cp_async_16(void* shared, const void* global) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    const uint32_t to = static_cast<uint32_t>(__cvta_generic_to_shared(shared));
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to), "l"(global) : "memory");
#else
    *static_cast<uint4*>(shared) = *static_cast<const uint4*>(global);
#endif
}

/// Closes a group of the lane's copies.
__device__ __forceinline__ void cp_async_commit() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

/// Waits until at most the N newest groups of the lane are under way.
template <int N> __device__ __forceinline__ void cp_async_wait() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
#endif
}

/// x rounded to the nearest tf32 (10 bits after the point, ties away from zero), in a float's place.
__device__ __forceinline__ uint32_t to_tf32(float x) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    uint32_t y;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(y) : "f"(x));
    return y;
#else
    __trap();
    return __float_as_uint(x);
#endif
}

/// Two bf16, rounded to nearest even; `low` in the low half: the one with the lower column of A or row of B.
__device__ __forceinline__ uint32_t pack_bf16x2(float low, float high) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    uint32_t pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
#else
    __trap();
    return __float_as_uint(low) >> 16 | (__float_as_uint(high) & 0xffff0000u);
#endif
}

/// d += a b on a warp's matrix unit: d is 16 x 8 of fp32, a 16 x 8 and b 8 x 8 of tf32. With g = lane / 4 and t = lane % 4
/// (PTX ISA, "Matrix Fragments for mma.m16n8k8"), a lane holds
///   a: (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4);  b: (t, g), (t + 4, g);  d: (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1).
__device__ __forceinline__ void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
    static_cast<void>(d), static_cast<void>(a), static_cast<void>(b);
    __trap();
#endif
}

/// The same of bf16: a is 16 x 16 and b 16 x 8. A register holds two neighbours (PTX ISA, "Matrix Fragments for mma.m16n8k16"):
///   a: (g, 2t..), (g + 8, 2t..), (g, 2t + 8..), (g + 8, 2t + 8..), columns;  b: (2t.., g), (2t + 8.., g), rows;  d as above.
__device__ __forceinline__ void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
    static_cast<void>(d), static_cast<void>(a), static_cast<void>(b);
    __trap();
#endif
}

#endif

} // namespace caviar::cuda
