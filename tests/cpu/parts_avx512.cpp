#define CAVIAR_ISA avx512
#include "parts.h"
#if defined(__AVX512F__)
#include "parts_body.h"

namespace caviar::cpu {

const Parts* avx512_parts() {
    static constexpr Parts parts = table("avx512");
    return &parts;
}

} // namespace caviar::cpu

#else

namespace caviar::cpu {

const Parts* avx512_parts() { return nullptr; }

} // namespace caviar::cpu

#endif
