#pragma once
/// Switching from one stack to another: by hand on x86-64 (two nanoseconds), elsewhere by ucontext (a system call).

#if defined(__x86_64__) && !defined(CAVIAR_SIMT_UCONTEXT)
#define CAVIAR_SIMT_X86_64 1
#else
#include <ucontext.h>
#endif

#include <cstddef>

namespace caviar::simt {

/// A computation that stands still: what it takes to go on with it.
struct Context {
#if defined(CAVIAR_SIMT_X86_64)
    void* stack_pointer = nullptr;
#else
    ucontext_t registers{};
#endif
};

/// Makes `context` call entry(argument) on the stack; entry must never return.
void prepare(Context& context, char* stack, size_t bytes, void (*entry)(void*), void* argument);

/// Stops here, to be resumed by a switch to `from`, and goes on with `to`.
void switch_context(Context& from, Context& to);

} // namespace caviar::simt
