#pragma once
#include "caviar/engine.h"

#include <memory>
#include <string>

namespace caviar::cpu {

/// threads: 0 is one for each core the process may run on. instruction_set: empty is the best this machine has. Throws UsageError
/// for what is not understood, DeviceError for an instruction set that the machine lacks.
std::unique_ptr<Engine> make_cpu_engine(int threads, const std::string& instruction_set);

/// Cores this process may run on: its affinity mask, which containers and `taskset` narrow.
int usable_cores();

} // namespace caviar::cpu
