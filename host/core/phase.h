#pragma once
/// Names what the program is doing for a profiler that looks on: load, ask, admit, rung, read-back, tell, record. Nothing happens
/// unless an engine has said how to pass the names on.

#include <atomic>

namespace caviar {

struct PhaseHooks {
    void (*begin)(const char* name);
    void (*end)();
};

/// Set once by an engine whose device has a profiler; not owned.
inline std::atomic<const PhaseHooks*> phase_hooks{nullptr};

/// From here to the end of the scope.
class Phase {
public:
    explicit Phase(const char* name) : hooks_(phase_hooks.load(std::memory_order_acquire)) {
        if (hooks_) hooks_->begin(name);
    }
    ~Phase() {
        if (hooks_) hooks_->end();
    }
    Phase(const Phase&) = delete;
    Phase& operator=(const Phase&) = delete;

private:
    const PhaseHooks* hooks_;
};

} // namespace caviar
