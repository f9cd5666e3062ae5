/// For every machine: 4 lanes by the compiler's vector extension.
#define CAVIAR_ISA plain
#include "host/cpu/kernels_body.h"

namespace caviar::cpu {

const Kernels* plain_kernels() {
    static constexpr Kernels kernels = table("plain");
    return &kernels;
}

} // namespace caviar::cpu
