#include "caviar/error.h"
#include "host/cpu/kernels.h"

namespace caviar::cpu {
namespace {

/// The processor has the instructions and the operating system saves their registers.
bool runs(const Kernels& kernels) {
    const std::string name = kernels.name;
#if defined(__x86_64__)
    if (name == "avx2") return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (name == "avx512")
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma");
#endif
    return name == "plain";
}

std::string names(const std::vector<const Kernels*>& kernels) {
    std::string text;
    for (const Kernels* k : kernels) text += (text.empty() ? "" : ", ") + std::string(k->name);
    return text;
}

} // namespace

std::vector<const Kernels*> usable_kernels() {
    std::vector<const Kernels*> usable;
    for (const Kernels* k : {avx512_kernels(), avx2_kernels(), plain_kernels()})
        if (k && runs(*k)) usable.push_back(k);
    return usable;
}

const Kernels& kernels_for(const std::string& name) {
    const std::vector<const Kernels*> usable = usable_kernels();
    if (name.empty()) return *usable.front();
    for (const Kernels* k : usable)
        if (name == k->name) return *k;
    if (name == "plain" || name == "avx2" || name == "avx512")
        throw DeviceError("instruction set " + name + ": this machine or this build does not have it; it has " + names(usable));
    throw UsageError("instruction set '" + name + "' is unknown; allowed are avx512, avx2, plain");
}

} // namespace caviar::cpu
