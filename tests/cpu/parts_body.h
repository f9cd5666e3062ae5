/// Included by parts_*.cpp with CAVIAR_ISA defined. As in host/cpu/kernels_body.h, nothing of the standard library is used.

#include "caviar/mlp/functions.h"
#include "caviar/mlp/optimizer.h"
#include "host/cpu/block.h"
#include "parts.h"

namespace caviar::cpu {
inline namespace CAVIAR_ISA {

struct HeavyKeep {
    static constexpr bool heavy = true;
    float* c;
    int32_t ld;
    CAVIAR_INLINE void operator()(int32_t row, int32_t column, mlp::Lanes x) const { x.store(c + int64_t{row} * ld + column); }
};

static float scratch[mlp::most_rows * mlp::most_packs * mlp::Lanes::lanes];

template <bool Transposed> static void run(const Product& p) {
    mlp::CpuBlock block(scratch);
    if (p.heavy)
        block.gemm<Transposed>(p.rows, p.columns, p.depth, p.a, p.lda, p.b, p.ldb, p.init, p.ld_init, HeavyKeep{p.c, p.ldc});
    else
        block.gemm<Transposed>(p.rows, p.columns, p.depth, p.a, p.lda, p.b, p.ldb, p.init, p.ld_init, mlp::Keep{p.c, p.ldc});
}

static void product(const Product& p) { p.transposed ? run<true>(p) : run<false>(p); }

static void transpose(int32_t rows, int32_t columns, const float* in, int32_t ld_in, float* out, int32_t ld_out) {
    mlp::transpose_matrix(rows, columns, in, ld_in, out, ld_out);
}

static void column_sums(int32_t rows, int32_t columns, const float* in, int32_t ld, float* out) {
    mlp::CpuBlock(scratch).column_sums(rows, columns, in, ld, [out](int32_t, int32_t column, mlp::Lanes x) { x.store(out + column); });
}

static mlp::Lanes value(Function f, mlp::Lanes x) {
    switch (f) {
    case Function::exp: return mlp::exp(x);
    case Function::log: return mlp::log(x);
    case Function::tanh: return mlp::tanh(x);
    case Function::sigmoid: return mlp::sigmoid(x);
    case Function::normal_cdf: return mlp::normal_cdf(x);
    case Function::normal_density: return mlp::normal_density(x);
    case Function::inverse_root: return mlp::inverse_root(x, mlp::Lanes::all(1e-8f));
    }
    return x;
}

static void apply(Function f, const float* in, float* out, int32_t count) {
    for (int32_t i = 0; i < count; i += mlp::Lanes::lanes) value(f, mlp::Lanes::load(in + i)).store(out + i);
}

static constexpr Parts table(const char* name) { return {name, mlp::Lanes::lanes, product, transpose, column_sums, apply}; }

} // inline namespace CAVIAR_ISA
} // namespace caviar::cpu
