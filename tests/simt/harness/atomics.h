#pragma once
/// CUDA's atomics: relaxed ones, before each of which the other lanes and blocks may go first.

#include "tests/simt/harness/lane.h"

#include <atomic>
#include <concepts>
#include <type_traits>

namespace caviar::simt {

/// What an atomic takes: CUDA has no others (`unsigned long` among them).
template <class T>
concept Word = std::same_as<T, int> || std::same_as<T, unsigned> || std::same_as<T, unsigned long long>;
template <class T>
concept Number = Word<T> || std::same_as<T, float> || std::same_as<T, double>;

/// operation(std::atomic_ref) returns the old value; `changed` says of it whether the new one differs.
template <class T, class Operation, class Changed> T atomically(T* at, Operation operation, Changed changed) {
    take_turns();
    Fence& fence = lane().fence;
    fence.before_atomic(at);
    const T old = operation(std::atomic_ref<T>(*at));
    fence.after_atomic(at);
    if (changed(old)) note_change();
    return old;
}

/// The old value, replaced by next(old).
template <class T, class Next> T replace(T* at, Next next) {
    return atomically(
        at,
        [&](std::atomic_ref<T> value) {
            T old = value.load(std::memory_order_relaxed);
            while (!value.compare_exchange_weak(old, next(old), std::memory_order_relaxed)) {
            }
            return old;
        },
        [&](T old) { return next(old) != old; });
}

inline void fence() { lane().fence.pass(); }

} // namespace caviar::simt

template <caviar::simt::Number T> T atomicAdd(T* at, std::type_identity_t<T> by) {
    return caviar::simt::replace(at, [&](T old) { return static_cast<T>(old + by); });
}
template <caviar::simt::Number T>
requires(!std::same_as<T, double>) T atomicExch(T* at, std::type_identity_t<T> to) {
    return caviar::simt::replace(at, [&](T) { return to; });
}
template <caviar::simt::Word T> T atomicCAS(T* at, std::type_identity_t<T> expected, std::type_identity_t<T> to) {
    return caviar::simt::replace(at, [&](T old) { return old == expected ? to : old; });
}
template <caviar::simt::Word T> T atomicMax(T* at, std::type_identity_t<T> with) {
    return caviar::simt::replace(at, [&](T old) { return old < with ? with : old; });
}
template <caviar::simt::Word T> T atomicMin(T* at, std::type_identity_t<T> with) {
    return caviar::simt::replace(at, [&](T old) { return with < old ? with : old; });
}

inline void __threadfence() { caviar::simt::fence(); }
inline void __threadfence_block() { caviar::simt::fence(); }
inline void __threadfence_system() { caviar::simt::fence(); }
inline void __nanosleep(unsigned) { caviar::simt::take_turns(); }
