/// The trainer of gemm_trainer.h with OpenBLAS, a thread of its own for each trial; hence OPENBLAS_NUM_THREADS=1.

#include "gemm_trainer.h"

#include <cblas.h>

#include <string>

namespace {

struct Products {
    int in, out, n;
    Products(int in, int out, int n) : in(in), out(out), n(n) {}

    void forward(const float* x, const float* w, float* z) const {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, out, in, 1, x, in, w, out, 1, z, out);
    }
    void weight_gradient(const float* x, const float* dz, float* gw) const {
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, in, out, n, 1, x, in, dz, out, 0, gw, out);
    }
    void input_gradient(const float* dz, const float* w, float* dx, std::vector<float>&) const {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, in, out, 1, dz, out, w, out, 0, dx, in);
    }
};

} // namespace

extern "C" void gemm_train(const gemm::Data* data, gemm::Task* tasks, int32_t count, int32_t threads) {
    gemm::train_all<Products>(*data, tasks, count, threads);
}

extern "C" const char* gemm_version() {
    static const std::string text = std::string(OPENBLAS_VERSION).substr(std::strlen(" OpenBLAS ")) + ("(" + std::string(openblas_get_corename()) + ")");
    return text.c_str();
}
