#pragma once
/// __threadfence() and atomics, for ThreadSanitizer. An atomic alone orders nothing else on the device; with a fence before it in
/// the one lane and behind it in the other, it does. (More is let through than the device allows: a write between fence and
/// atomic counts as before the fence.)

#include "tests/simt/harness/sanitizers.h"

#include <algorithm>
#include <vector>

namespace caviar::simt {

class Fence {
public:
    void pass() {
        for (const void* address : touched_) order_after(address);
        touched_.clear();
        passed_ = true;
    }
    void before_atomic(const void* address) const {
        if (passed_) order_before(address);
    }
    void after_atomic(const void* address) {
        if (under_tsan && std::find(touched_.begin(), touched_.end(), address) == touched_.end()) touched_.push_back(address);
    }
    void clear() {
        touched_.clear();
        passed_ = false;
    }

private:
    std::vector<const void*> touched_; ///< by atomics since the last fence
    bool passed_ = false;
};

} // namespace caviar::simt
