#define CAVIAR_ISA avx512
#include "host/cpu/kernels.h"
#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512DQ__) && defined(__AVX512BW__)
#include "host/cpu/kernels_body.h"

namespace caviar::cpu {

const Kernels* avx512_kernels() {
    static constexpr Kernels kernels = table("avx512");
    return &kernels;
}

} // namespace caviar::cpu

#else // another processor, or a compiler without these flags

namespace caviar::cpu {

const Kernels* avx512_kernels() { return nullptr; }

} // namespace caviar::cpu

#endif
