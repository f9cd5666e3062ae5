#include "tests/simt/harness/fiber.h"

#include "tests/simt/harness/sanitizers.h"

#include <sys/mman.h>
#include <unistd.h>

#include <new>
#include <vector>

namespace caviar::simt {

namespace {

// Mapped, so that only what is used takes memory.
constexpr size_t stack_bytes = size_t{under_tsan || under_asan ? 256 : 128} << 10;

size_t guard_bytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

thread_local Fiber* running = nullptr;

} // namespace

Fiber::Fiber() {
    void* memory =
        mmap(nullptr, guard_bytes() + stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    mprotect(memory, guard_bytes(), PROT_NONE); // a stack that overflows is a crash, not somebody else's data
    memory_ = static_cast<char*>(memory);
    inside_.stack = memory_ + guard_bytes();
    inside_.bytes = stack_bytes;
#if defined(CAVIAR_TSAN)
    inside_.thread = __tsan_create_fiber(0);
#endif
    prepare(inside_.context, memory_ + guard_bytes(), stack_bytes, &Fiber::live, this);
}

Fiber::~Fiber() {
    body_ = nullptr;
    resume(); // to its end: ASan frees what it keeps for a stack when that is left forever
#if defined(CAVIAR_TSAN)
    __tsan_destroy_fiber(inside_.thread);
#endif
    munmap(memory_, guard_bytes() + stack_bytes);
}

CAVIAR_UNSEEN void Fiber::start(Body body, void* argument) {
    body_ = body;
    argument_ = argument;
}

CAVIAR_UNSEEN bool Fiber::busy() const { return body_ != nullptr; }

CAVIAR_UNSEEN void Fiber::resume() {
    Fiber* before = running;
    running = this;
#if defined(CAVIAR_TSAN)
    outside_.thread = __tsan_get_current_fiber();
#endif
    go(outside_, inside_, false);
#if defined(CAVIAR_ASAN)
    __sanitizer_finish_switch_fiber(outside_.fake_stack, nullptr, nullptr);
#endif
    running = before;
}

CAVIAR_UNSEEN void Fiber::suspend() {
    Fiber* self = running;
    go(self->inside_, self->outside_, false);
    self->arrived();
}

CAVIAR_UNSEEN void Fiber::live(void* pointer) {
    Fiber* self = static_cast<Fiber*>(pointer);
    self->arrived();
    while (self->body_) {
        self->body_(self->argument_);
        self->body_ = nullptr;
        go(self->inside_, self->outside_, false);
        self->arrived();
    }
    go(self->inside_, self->outside_, true);
}

CAVIAR_UNSEEN void Fiber::go(Side& from, Side& to, [[maybe_unused]] bool forever) {
#if defined(CAVIAR_ASAN)
    __sanitizer_start_switch_fiber(forever ? nullptr : &from.fake_stack, to.stack, to.bytes);
#endif
#if defined(CAVIAR_TSAN)
    __tsan_switch_to_fiber(to.thread, __tsan_switch_to_fiber_no_sync);
#endif
    switch_context(from.context, to.context);
}

CAVIAR_UNSEEN void Fiber::arrived() {
#if defined(CAVIAR_ASAN)
    __sanitizer_finish_switch_fiber(inside_.fake_stack, &outside_.stack, &outside_.bytes);
#endif
}

namespace {
thread_local std::vector<std::unique_ptr<Fiber>> pool;
}

std::unique_ptr<Fiber> take_fiber() {
    if (pool.empty()) return std::make_unique<Fiber>();
    std::unique_ptr<Fiber> fiber = std::move(pool.back());
    pool.pop_back();
    return fiber;
}

void give_back(std::unique_ptr<Fiber> fiber) { pool.push_back(std::move(fiber)); }

} // namespace caviar::simt
