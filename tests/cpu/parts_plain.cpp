#define CAVIAR_ISA plain
#include "parts_body.h"

namespace caviar::cpu {

const Parts* plain_parts() {
    static constexpr Parts parts = table("plain");
    return &parts;
}

} // namespace caviar::cpu
