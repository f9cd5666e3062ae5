/// Compiles the training step for the device, over the smallest block there is: one thread, one float at a time. It is never
/// launched; it holds the promise that include/caviar/mlp compiles under nvcc until the engine's own blocks do.

#include "caviar/mlp/train_step.h"

namespace caviar::cuda {

using mlp::Lanes;

struct OneThread {
    __device__ void sync() {}

    template <class F> __device__ void for_each(int32_t n, const F& f) {
        for (int32_t i = 0; i < n; ++i) f(i);
    }

    template <class F> __device__ float sum(int32_t n, const F& f) {
        float total = 0;
        for (int32_t i = 0; i < n; ++i) total += f(i).v;
        return total;
    }

    __device__ void gather(int32_t rows, int32_t columns, const uint32_t* order, const float* in, int64_t stride, float* out, int32_t ld) {
        for (int32_t r = 0; r < rows; ++r)
            for (int32_t c = 0; c < columns; ++c) out[int64_t{r} * ld + c] = in[order[r] * stride + c];
    }

    __device__ void transpose(int32_t rows, int32_t columns, const float* in, int32_t ld_in, float* out, int32_t ld_out) {
        for (int32_t r = 0; r < rows; ++r)
            for (int32_t c = 0; c < columns; ++c) out[int64_t{r} * ld_out + c] = in[int64_t{c} * ld_in + r];
    }

    template <class E> __device__ void column_sums(int32_t rows, int32_t columns, const float* in, int32_t ld, const E& epilogue) {
        for (int32_t c = 0; c < columns; ++c) {
            float total = 0;
            for (int32_t r = 0; r < rows; ++r) total += in[int64_t{r} * ld + c];
            epilogue(0, c, Lanes{total});
        }
    }

    template <bool Transposed, class E>
    __device__ void gemm(int32_t rows, int32_t columns, int32_t depth, const float* a, int32_t lda, const float* b, int32_t ldb,
                         const float* init, int32_t ld_init, const E& epilogue) {
        for (int32_t r = 0; r < rows; ++r)
            for (int32_t c = 0; c < columns; ++c) {
                float total = init ? init[int64_t{r} * ld_init + c] : 0.0f;
                for (int32_t k = 0; k < depth; ++k)
                    total = fmaf(a[Transposed ? int64_t{k} * lda + r : int64_t{r} * lda + k], b[int64_t{k} * ldb + c], total);
                epilogue(r, c, Lanes{total});
            }
    }
};

static_assert(mlp::Block<OneThread>);

__global__ void one_step(mlp::StepView step, double* loss) {
    OneThread block;
    *loss = mlp::train_step(block, step);
}

__global__ void one_prediction(mlp::ForwardView pass, double* loss) {
    OneThread block;
    *loss = mlp::predict(block, pass);
}

} // namespace caviar::cuda
