#pragma once
/// A lane: a fiber with its indices. And what device code does in one: the functions behind CUDA's built-in names.

#include "tests/simt/harness/copies.h"
#include "tests/simt/harness/fence.h"
#include "tests/simt/harness/request.h"
#include "tests/simt/harness/types.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <string>

namespace caviar::simt {

class Fiber;
struct Block;
struct Warp;

struct Lane {
    enum class State : uint8_t {
        fresh,    ///< not started
        ready,    ///< can go on
        released, ///< can go on in the block's next round, as a barrier of many warps is behind it: all start anew in order
        yielded,  ///< likewise, as it let the others go first
        waiting,
        ended
    };

    // the scheduler's, before it starts
    Block* block = nullptr;
    Warp* warp = nullptr;
    unsigned number = 0; ///< in its block; x runs fastest
    uint3 thread{0, 0, 0};
    const void* started = nullptr; ///< what orders it after the block's start
    std::unique_ptr<Fiber> fiber;

    // between the two
    State state = State::fresh;
    bool cancelled = false; ///< unwind instead of going on
    Request request;
    bool failed = false; ///< and this is what it threw:
    std::exception_ptr failure;

    // the lane's own
    Copies copies;
    Fence fence;

    unsigned in_warp() const { return number % 32; }
};

/// The lane that is running; throws Fault outside a launch.
Lane& lane();
/// "block (0,0,0), thread (3,0,0)"
std::string place(const Lane& lane);

const uint3& thread_index();
const uint3& block_index();
const dim3& block_size();
const dim3& grid_size();
char* shared_memory();
long long clock_now();
[[noreturn]] void trap(Site site = Site::here());

/// Lets the other lanes go first.
void take_turns();

/// The lane has changed memory that others may wait for.
void note_change();

/// All threads of the block.
void block_barrier(Site site = Site::here());
/// `threads` threads, in whole warps, at barrier `id`.
void named_barrier(int id, int threads, Site site = Site::here());
/// The lanes of `mask`.
void warp_barrier(unsigned mask = ~0u, Site site = Site::here());
/// Hands `in` in, waits for the lanes of `mask`, and takes its part of what came of it.
void collective(WarpCall call, unsigned mask, Site site, const uint32_t* in, int words_in, uint32_t* out, int words_out);

/// What a lane throws to unwind its stack when the launch is given up. No std::exception, so that nobody takes it for theirs.
struct Cancelled {};

} // namespace caviar::simt
