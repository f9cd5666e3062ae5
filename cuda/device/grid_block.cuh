#pragma once
/// All lanes of a kernel's grid as a block: for parts of a step that need no barrier inside, as the kernel's end is one. Products come
/// ready from the library; `gemm` hands them to the epilogue.

#include "cuda/device/block.cuh"
#include "cuda/grouped.h"

namespace caviar::cuda {

class GridBlock : public DeviceBlock<false, false> {
public:
    /// product: rows `ld` floats apart. The library writes its columns alone: what pads a row may never have been written, and is not read.
    __device__ GridBlock(const float* product, int32_t ld)
        : DeviceBlock<false, false>({static_cast<int32_t>(blockIdx.x * blockDim.x + threadIdx.x), static_cast<int32_t>(gridDim.x * blockDim.x), 0, nullptr},
                                    Precision::fp32, nullptr),
          product_(product), ld_(ld) {}

    __device__ void sync() {}

    /// f(row, first column) for each quad, always the same lane's for the same matrix.
    template <class F> __device__ __forceinline__ void for_each_quad(int32_t rows, int32_t columns, const F& f) {
        const int32_t quads = divide_up(columns, 4);
        const int64_t all = int64_t{rows} * quads;
        for (int64_t i = team.lane; i < all; i += team.lanes) f(static_cast<int32_t>(i / quads), static_cast<int32_t>(i % quads) * 4);
    }

    /// The operands have been multiplied; `init` is still to be added. Columns past the last are zero, as products in tiles have them.
    template <bool Transposed, class E>
    __device__ void gemm(int32_t rows, int32_t columns, int32_t, const float*, int32_t, const float*, int32_t, const float* init, int32_t ld_init,
                         const E& epilogue) {
        for_each_quad(rows, columns, [&](int32_t r, int32_t c) {
            const float* const from = product_ + int64_t{r} * ld_ + c;
            Lanes z = Lanes::all(0.0f);
            if (c + 4 <= columns) {
                z = Lanes::load(from);
            } else {
                CAVIAR_UNROLL
                for (int j = 0; j < 3; ++j)
                    if (c + j < columns) z.v[j] = from[j];
            }
            epilogue(r, c, init ? z + Lanes::load(init + int64_t{r} * ld_init + c) : z);
        });
    }

private:
    const float* product_;
    int32_t ld_;
};

static_assert(mlp::Block<GridBlock>);

} // namespace caviar::cuda
