#include "tests/simt/harness/copies.h"

#include "tests/simt/harness/block.h"
#include "tests/simt/harness/fault.h"
#include "tests/simt/harness/lane.h"

#include <algorithm>

namespace caviar::simt {

typedef uint32_t AnyWord __attribute__((may_alias));

void Copies::start(void* shared, const void* global) {
    if (reinterpret_cast<uintptr_t>(shared) % 16 || reinterpret_cast<uintptr_t>(global) % 16)
        throw Fault(place(lane()) + ": cp.async of 16 bytes between addresses that are not multiples of 16");
    if (!lane().block->shared.holds(shared, 16)) throw Fault(place(lane()) + ": cp.async to outside the block's shared memory");
    AnyWord* words = static_cast<AnyWord*>(shared);
    for (int i = 0; i < 4; ++i) words[i] = SharedMemory::pattern;
    waiting_.push_back({shared, global, groups_});
}

void Copies::wait(int newest) {
    const auto arrives = [&](const Copy& copy) { return copy.group < groups_ - newest; };
    for (const Copy& copy : waiting_)
        if (arrives(copy)) // word by word: a memcpy of 16 bytes becomes an instruction that ThreadSanitizer does not see
            for (int i = 0; i < 4; ++i) static_cast<AnyWord*>(copy.to)[i] = static_cast<const AnyWord*>(copy.from)[i];
    std::erase_if(waiting_, arrives);
}

void Copies::clear() {
    waiting_.clear();
    groups_ = 0;
}

void cp_async_16(void* shared, const void* global) { lane().copies.start(shared, global); }
void cp_async_commit() { lane().copies.commit(); }
void cp_async_wait_newest(int newest) { lane().copies.wait(newest); }

} // namespace caviar::simt
