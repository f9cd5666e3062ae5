#pragma once
/// Names what the program is doing: load, ask, admit, rung, read-back, tell, record. A profiler that looks on is told the names, where
/// an engine has said how to pass them on, and a PhaseClock adds up the time. Where nobody asks, a phase costs two loads.

#include <atomic>

namespace caviar {

struct PhaseHooks {
    void (*begin)(const char* name);
    void (*end)();
};

/// Set once, before main, in programs with an engine whose device has a profiler (host/engine/registry.cpp); not owned.
inline std::atomic<const PhaseHooks*> phase_hooks{nullptr};

class PhaseClock; // host/core/phase_clock.h

/// From here to the end of the scope. The name must be a literal.
class Phase {
public:
    explicit Phase(const char* name);
    ~Phase();
    Phase(const Phase&) = delete;
    Phase& operator=(const Phase&) = delete;

private:
    const PhaseHooks* hooks_;
    PhaseClock* clock_;
};

} // namespace caviar
