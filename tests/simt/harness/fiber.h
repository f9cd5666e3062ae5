#pragma once
/// A function call that can stop in the middle and be resumed: a lane.

#include "tests/simt/harness/context.h"

#include <cstddef>
#include <memory>

namespace caviar::simt {

class Fiber {
public:
    using Body = void (*)(void*);

    Fiber();
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    /// The next resume() begins body(argument), which must not throw. Only for a fiber that is not busy.
    void start(Body body, void* argument);
    /// Runs the body until it suspends or ends.
    void resume();
    /// The body has not ended yet.
    bool busy() const;

    /// Called within a body: back to whoever resumed it.
    static void suspend();

private:
    /// One side of a switch, with what the sanitizers want to know of it.
    struct Side {
        Context context;
        const void* stack = nullptr;
        size_t bytes = 0;
        void* fake_stack = nullptr; ///< ASan
        void* thread = nullptr;     ///< TSan
    };

    static void live(void* self);
    static void go(Side& from, Side& to, bool forever);
    void arrived();

    char* memory_ = nullptr; ///< a page that cannot be touched, then the stack
    Side inside_, outside_;
    Body body_ = nullptr;
    void* argument_ = nullptr;
};

/// A fiber that is not busy, from the thread's pool or new.
std::unique_ptr<Fiber> take_fiber();
void give_back(std::unique_ptr<Fiber> fiber);

} // namespace caviar::simt
