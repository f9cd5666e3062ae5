#define CAVIAR_ISA avx2
#include "host/cpu/kernels.h"
#if defined(__AVX2__) && defined(__FMA__)
#include "host/cpu/kernels_body.h"

namespace caviar::cpu {

const Kernels* avx2_kernels() {
    static constexpr Kernels kernels = table("avx2");
    return &kernels;
}

} // namespace caviar::cpu

#else // another processor, or a compiler without these flags

namespace caviar::cpu {

const Kernels* avx2_kernels() { return nullptr; }

} // namespace caviar::cpu

#endif
