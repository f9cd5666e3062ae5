#pragma once
/// A launch under way: what all its blocks share.

#include "tests/simt/harness/sanitizers.h"
#include "tests/simt/launch.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace caviar::simt {

struct Lane;

struct Launch {
    Schedule schedule;
    dim3 grid, block;
    const std::function<void()>& kernel;

    uint64_t turns = 0;   ///< lanes that were let run
    uint64_t changes = 0; ///< what shows that somebody gets on: meetings, ends, atomics that changed something
    std::vector<Site> sites{};

    void met(const Site& site);
};

/// The scheduler's words around a lane's turn.
void enter(Lane& lane);
void leave();
bool in_lane();

} // namespace caviar::simt
