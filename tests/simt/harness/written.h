#pragma once
/// Memory that nobody has written is full of SharedMemory::pattern. A pack read of it is a mistake even where what came of it is thrown away:
/// on a device compute-sanitizer's initcheck would find it. Of numbers this is told from arithmetic's own NaN, which have another pattern.
/// A block's shared memory is left alone, as by that tool: staged products read rows of it that were not copied, and drop the sums.

#include "tests/simt/harness/shared.h"

namespace caviar::simt {

/// Throws Fault, which names the block and the thread, unless the words lie in shared memory.
void fail_unwritten(const void* first, int words);

/// True: one of the words may never have been written.
inline bool unwritten(const void* first, int64_t words) {
    typedef uint32_t AnyWord __attribute__((may_alias));
    for (int64_t i = 0; i < words; ++i)
        if (static_cast<const AnyWord*>(first)[i] == SharedMemory::pattern) return true;
    return false;
}

inline void require_written(const void* first, int words) {
    if (unwritten(first, words)) fail_unwritten(first, words);
}

} // namespace caviar::simt
