#pragma once
/// What device code can do wrong. Each message names the block, the thread and the line.

#include <stdexcept>
#include <string>

namespace caviar::simt {

/// Misuse of CUDA: a wrong argument, a write beyond shared memory, a copy nobody waits for, ...
struct Fault : std::runtime_error {
    explicit Fault(const std::string& what) : std::runtime_error(what) {}
};

/// Nobody can go on, or all spin without anything changing; says where each lane is.
struct Deadlock : Fault {
    explicit Deadlock(const std::string& what) : Fault(what) {}
};

/// Lanes that should do the same together do different things.
struct Divergence : Fault {
    explicit Divergence(const std::string& what) : Fault(what) {}
};

/// __trap() was called.
struct Trap : Fault {
    explicit Trap(const std::string& what) : Fault(what) {}
};

} // namespace caviar::simt
