#pragma once
/// A row of outputs by several lanes of a warp, side by side: each has every `step`-th output. Where there is no row it has none.

#include "cuda/device/team.cuh"

#include "caviar/mlp/pack.h"

namespace caviar::cuda {

struct RowPart {
    mlp::Pack<1> target;
    float* row;
    int32_t first, step, end; ///< step: lanes of the row, a power of two

    using P = mlp::Pack<1>;
    __device__ __forceinline__ P load(int32_t c) const { return P::load(row + c); }
    __device__ __forceinline__ void store(int32_t c, P x) const { x.store(row + c); }
    __device__ __forceinline__ P largest(P x) const {
        for (int32_t distance = step / 2; distance > 0; distance /= 2) x = max(x, P{__shfl_xor_sync(0xffffffffu, x.v, distance)});
        return x;
    }
    __device__ __forceinline__ P total(P x) const {
        for (int32_t distance = step / 2; distance > 0; distance /= 2) x = x + P{__shfl_xor_sync(0xffffffffu, x.v, distance)};
        return x;
    }
};

/// How many lanes share a row, as a logarithm to the base 2: two, whose neighbouring outputs lie in different banks, and more where lanes
/// would have no row; one output each at least.
__device__ inline int32_t lanes_of_a_row_log2(int32_t rows, int32_t width, int32_t lanes) {
    int32_t bits = 0;
    while (2 << bits <= width && 2 << bits <= warp && (bits == 0 || rows <= lanes >> (bits + 1))) ++bits;
    return bits;
}

} // namespace caviar::cuda
