#pragma once
/// The sanitizers' hooks, which are nothing where there is no sanitizer.
///
/// The rule for ThreadSanitizer: a lane is a thread of its own, and switching to it orders nothing. The harness's own state,
/// which every lane reaches, is handled by the scheduler alone; the few functions that a lane runs to talk to it carry
/// CAVIAR_UNSEEN and use plain C: a template of the standard library or memcpy would be seen. What orders lanes is then
/// only what is told by order_before and order_after.

#include <cstddef>

#if defined(__SANITIZE_THREAD__)
#define CAVIAR_TSAN 1
#elif defined(__SANITIZE_ADDRESS__)
#define CAVIAR_ASAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CAVIAR_TSAN 1
#elif __has_feature(address_sanitizer)
#define CAVIAR_ASAN 1
#endif
#endif

#if defined(CAVIAR_TSAN)
#include <sanitizer/tsan_interface.h>
// neither inlined nor given values in a reference's place, which its callers would read where TSan sees it
#if defined(__clang__)
#define CAVIAR_UNSEEN __attribute__((noinline, optnone, no_sanitize("thread")))
#else
#define CAVIAR_UNSEEN __attribute__((noipa, no_sanitize("thread")))
#endif
#else
#define CAVIAR_UNSEEN __attribute__((noinline))
#endif
#if defined(CAVIAR_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace caviar::simt {

#if defined(CAVIAR_TSAN)
inline constexpr bool under_tsan = true;
#else
inline constexpr bool under_tsan = false;
#endif
#if defined(CAVIAR_ASAN)
inline constexpr bool under_asan = true;
#else
inline constexpr bool under_asan = false;
#endif

/// What this lane has done is before whatever comes after order_after(token) in another lane.
inline void order_before([[maybe_unused]] const void* token) {
#if defined(CAVIAR_TSAN)
    __tsan_release(const_cast<void*>(token));
#endif
}

inline void order_after([[maybe_unused]] const void* token) {
#if defined(CAVIAR_TSAN)
    __tsan_acquire(const_cast<void*>(token));
#endif
}

inline void forbid([[maybe_unused]] const void* memory, [[maybe_unused]] size_t bytes) {
#if defined(CAVIAR_ASAN)
    __asan_poison_memory_region(memory, bytes);
#endif
}

inline void allow([[maybe_unused]] const void* memory, [[maybe_unused]] size_t bytes) {
#if defined(CAVIAR_ASAN)
    __asan_unpoison_memory_region(memory, bytes);
#endif
}

} // namespace caviar::simt
