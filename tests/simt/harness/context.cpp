#include "tests/simt/harness/context.h"

#include "tests/simt/harness/sanitizers.h"

#include <cstdint>
#include <cstring>

#if defined(CAVIAR_SIMT_X86_64)

// The registers that a function must keep go to the stack, the stack pointer to *from (rdi); then the same backwards from `to`
// (rsi). The control words of the floating-point unit are left alone: device code does not touch them. A new stack begins in
// caviar_simt_begin, which has its argument and function in two of those registers; nothing can be unwound beyond it.
asm(R"(
.text
.type caviar_simt_switch, @function
caviar_simt_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size caviar_simt_switch, .-caviar_simt_switch
.type caviar_simt_begin, @function
caviar_simt_begin:
    .cfi_startproc
    .cfi_undefined rip
    movq %r12, %rdi
    call *%r13
    ud2
    .cfi_endproc
.size caviar_simt_begin, .-caviar_simt_begin
)");

extern "C" {
void caviar_simt_switch(void** from, void* to);
void caviar_simt_begin();
}

namespace caviar::simt {

CAVIAR_UNSEEN void prepare(Context& context, char* stack, size_t bytes, void (*entry)(void*), void* argument) {
    enum { r15, r14, r13, r12, rbx, rbp, rip, end };
    // begin is reached by `ret`, after which rsp must be a multiple of 16 for its call
    uintptr_t* top = reinterpret_cast<uintptr_t*>(reinterpret_cast<uintptr_t>(stack + bytes) / 16 * 16) - 2 - end;
    top[r15] = top[r14] = top[rbx] = top[rbp] = top[end] = 0;
    top[r13] = reinterpret_cast<uintptr_t>(entry);
    top[r12] = reinterpret_cast<uintptr_t>(argument);
    top[rip] = reinterpret_cast<uintptr_t>(&caviar_simt_begin);
    context.stack_pointer = top;
}

CAVIAR_UNSEEN void switch_context(Context& from, Context& to) { caviar_simt_switch(&from.stack_pointer, to.stack_pointer); }

} // namespace caviar::simt

#else

namespace caviar::simt {

namespace {

// makecontext hands on ints alone
void begin(unsigned entry_high, unsigned entry_low, unsigned argument_high, unsigned argument_low) {
    const auto whole = [](unsigned high, unsigned low) { return static_cast<uintptr_t>(uint64_t{high} << 32 | low); };
    reinterpret_cast<void (*)(void*)>(whole(entry_high, entry_low))(reinterpret_cast<void*>(whole(argument_high, argument_low)));
}

} // namespace

CAVIAR_UNSEEN void prepare(Context& context, char* stack, size_t bytes, void (*entry)(void*), void* argument) {
    getcontext(&context.registers);
    context.registers.uc_stack.ss_sp = stack;
    context.registers.uc_stack.ss_size = bytes;
    context.registers.uc_link = nullptr;
    const uint64_t e = reinterpret_cast<uintptr_t>(entry), a = reinterpret_cast<uintptr_t>(argument);
    makecontext(&context.registers, reinterpret_cast<void (*)()>(&begin), 4, static_cast<unsigned>(e >> 32),
                static_cast<unsigned>(e), static_cast<unsigned>(a >> 32), static_cast<unsigned>(a));
}

CAVIAR_UNSEEN void switch_context(Context& from, Context& to) { swapcontext(&from.registers, &to.registers); }

} // namespace caviar::simt

#endif
