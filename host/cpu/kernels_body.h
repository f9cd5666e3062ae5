/// The body of each kernels_*.cpp: included with CAVIAR_ISA defined and the instruction set's flags. Nothing here may use
/// functions of the standard library's headers: compiled with these flags and merged by the linker, they would end up running
/// on machines without the instructions.

#include "caviar/mlp/init.h"
#include "caviar/mlp/train_step.h"
#include "host/cpu/block.h"
#include "host/cpu/kernels.h"

namespace caviar::cpu {
inline namespace CAVIAR_ISA {

static double run_step(const mlp::StepView& step, float* scratch) {
    mlp::CpuBlock block(scratch);
    return mlp::train_step(block, step);
}

static double run_predict(const mlp::ForwardView& pass, float* scratch) {
    mlp::CpuBlock block(scratch);
    return mlp::predict(block, pass);
}

/// 64 quads of first weights. `normal` is known where this is inlined: the loop has no branch left.
CAVIAR_INLINE void quads_of(mlp::LayerInit init, bool normal, uint64_t first, float (&quad)[4][64]) {
    init.normal = normal;
    for (uint32_t i = 0; i < 64; ++i) {
        const mlp::Weights4 w = mlp::first_weights(init, first + i);
        for (int place = 0; place < 4; ++place) quad[place][i] = w.weight[place];
    }
}

static void run_first_weights(uint64_t study_seed, uint64_t trial_seed, uint32_t layer, uint32_t in, uint32_t out, bool output,
                              const Hyperparameters& h, float* weights) {
    const mlp::LayerInit init = mlp::layer_init(study_seed, trial_seed, layer, in, out, output, h.init, h.init_scale, h.zero_output);
    const uint64_t count = uint64_t{in} * out, quads = (count + 3) / 4;
    constexpr uint64_t batch = 64;
    float quad[4][batch]; // by place in the quad, so that the loop that computes them vectorises
    for (uint64_t first = 0; first < quads; first += batch) {
        if (init.normal)
            quads_of(init, true, first, quad);
        else
            quads_of(init, false, first, quad);
        const uint64_t here = 4 * batch < count - 4 * first ? 4 * batch : count - 4 * first;
        for (uint64_t i = 0; i < here; ++i) weights[4 * first + i] = quad[i % 4][i / 4];
    }
}

static double burn(int64_t rounds) {
    using mlp::Lanes;
    constexpr int chains = Lanes::lanes == 16 ? 24 : 12, repeats = 8;
    Lanes c[chains];
    CAVIAR_UNROLL
    for (int i = 0; i < chains; ++i) c[i] = Lanes::all(static_cast<float>(i));
    Lanes x = Lanes::all(0.999f), y = Lanes::all(1e-3f);
    __asm__ volatile("" : "+m"(x), "+m"(y)); // not known to the compiler
    for (int64_t r = 0; r < rounds; ++r) {
        CAVIAR_UNROLL
        for (int k = 0; k < repeats; ++k) {
            CAVIAR_UNROLL
            for (int i = 0; i < chains; ++i) c[i] = fma(c[i], x, y);
        }
    }
    Lanes all = c[0];
    CAVIAR_UNROLL
    for (int i = 1; i < chains; ++i) all = all + c[i];
    __asm__ volatile("" : : "m"(all));
    return 2.0 * static_cast<double>(rounds) * repeats * chains * Lanes::lanes;
}

static constexpr Kernels table(const char* name) {
    return {name, mlp::Lanes::lanes, mlp::most_rows, int64_t{mlp::most_rows} * mlp::most_packs * mlp::Lanes::lanes,
            run_step, run_predict, run_first_weights, burn};
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::cpu
