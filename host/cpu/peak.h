#pragma once
#include <string>

namespace caviar::cpu {

/// The most GFLOP/s that `threads` threads reach together with fused multiply-adds of an instruction set's registers (multiply and
/// add where it has no fused ones, which counts the same), over about `seconds` of wall time. Empty isa: the best this machine has.
double peak_gflops(const std::string& isa, int threads, double seconds);

} // namespace caviar::cpu
