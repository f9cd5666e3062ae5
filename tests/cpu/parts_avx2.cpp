#define CAVIAR_ISA avx2
#include "parts.h"
#if defined(__AVX2__) && defined(__FMA__)
#include "parts_body.h"

namespace caviar::cpu {

const Parts* avx2_parts() {
    static constexpr Parts parts = table("avx2");
    return &parts;
}

} // namespace caviar::cpu

#else

namespace caviar::cpu {

const Parts* avx2_parts() { return nullptr; }

} // namespace caviar::cpu

#endif
