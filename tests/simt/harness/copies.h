#pragma once
/// cp.async: what was asked for arrives when it is waited for, not before. Until then there is NaN in its place, since it might
/// have arrived at any time: a copy onto something still in use shows, and so does a wait that was forgotten.

#include "tests/simt/harness/site.h"

#include <cstddef>
#include <vector>

namespace caviar::simt {

/// The copies of one lane that are under way.
class Copies {
public:
    /// Both 16-byte aligned, `shared` within the block's shared memory.
    void start(void* shared, const void* global);
    void commit() { ++groups_; }
    /// Until at most `newest` groups are under way.
    void wait(int newest);
    bool none() const { return waiting_.empty(); }
    void clear();

private:
    struct Copy {
        void* to;
        const void* from;
        long long group;
    };
    std::vector<Copy> waiting_;
    long long groups_ = 0; ///< closed so far
};

void cp_async_16(void* shared, const void* global);
void cp_async_commit();
void cp_async_wait_newest(int newest);
template <int N> void cp_async_wait() {
    static_assert(N >= 0 && N <= 7, "PTX keeps count of no more");
    cp_async_wait_newest(N);
}

} // namespace caviar::simt
