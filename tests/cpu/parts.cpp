#include "parts.h"

#include "host/cpu/kernels.h"

namespace caviar::cpu {

std::vector<const Parts*> usable_parts() {
    std::vector<const Parts*> usable;
    for (const Kernels* k : usable_kernels())
        for (const Parts* p : {plain_parts(), avx2_parts(), avx512_parts()})
            if (p && std::string(p->name) == k->name) usable.push_back(p);
    return usable;
}

} // namespace caviar::cpu
