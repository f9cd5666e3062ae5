/// The trainer of gemm_trainer.h with libxsmm's kernels, compiled at run time for each shape. libxsmm is column-major, so that all matrices are
/// the transposed ones; it has no kernel for a transposed first operand, so the way back transposes the weights with its own.

#include "gemm_trainer.h"

#include <libxsmm.h>

#include <stdexcept>
#include <string>

namespace {

libxsmm_smmfunction kernel(int m, int n, int k, int lda, int ldb, int ldc, float beta, int flags) {
    const float alpha = 1;
    const auto found = libxsmm_smmdispatch(m, n, k, &lda, &ldb, &ldc, &alpha, &beta, &flags, nullptr);
    if (!found) throw std::runtime_error("libxsmm has no kernel for this machine or shape");
    return found;
}

struct Products {
    int in, out;
    libxsmm_smmfunction z, gw, dx;

    Products(int in, int out, int n)
        : in(in), out(out), z(kernel(out, n, in, out, in, out, 1, LIBXSMM_GEMM_FLAG_NONE)),
          gw(kernel(out, in, n, out, in, out, 0, LIBXSMM_GEMM_FLAG_TRANS_B)), dx(kernel(in, n, out, in, out, in, 0, LIBXSMM_GEMM_FLAG_NONE)) {}

    void forward(const float* x, const float* w, float* to) const { z(w, x, to); }
    void weight_gradient(const float* x, const float* dz, float* to) const { gw(dz, x, to); }
    void input_gradient(const float* dz, const float* w, float* to, std::vector<float>& turned) const {
        turned.resize(std::max(turned.size(), static_cast<size_t>(in * out)));
        libxsmm_otrans(turned.data(), w, sizeof(float), static_cast<libxsmm_blasint>(out), static_cast<libxsmm_blasint>(in),
                       static_cast<libxsmm_blasint>(out), static_cast<libxsmm_blasint>(in));
        dx(turned.data(), dz, to);
    }
};

} // namespace

extern "C" void gemm_train(const gemm::Data* data, gemm::Task* tasks, int32_t count, int32_t threads) {
    gemm::train_all<Products>(*data, tasks, count, threads);
}

extern "C" const char* gemm_version() {
    libxsmm_init();
    static const std::string text = LIBXSMM_CONFIG_VERSION + (" (" + std::string(libxsmm_get_target_arch()) + ")");
    return text.c_str();
}
