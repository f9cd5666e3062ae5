#pragma once
/// Runs a kernel on the CPU, each lane a fiber. Code for the device is compiled as it is, with cuda_on_cpu.h included first.
///
///     simt::Schedule schedule;
///     schedule.order = simt::Order::descending;
///     simt::launch(schedule, grid, threads, shared_bytes, kernel<4>, arguments...);
///
/// Lanes run one at a time, each from one meeting (barrier, shuffle, vote, mma, atomic) to the next, so that a launch is
/// repeatable. A warp runs as far as it can before the next one starts: in ascending order a missing barrier shows where a lane
/// reads what a higher one was to write, or writes what a higher one was still to read; in descending order the other way round.
/// No order takes apart what a shuffle, a vote, an mma or an atomic holds together, though none of them orders memory.
///
/// Under ThreadSanitizer each lane is a thread: barriers order what they write to memory, and so do fences with atomics;
/// shuffles, votes and mma do not, as on the device. A test in a child process (gtest's EXPECT_EXIT) then wants the style
/// "threadsafe".
///
/// Limits: what polls must do so through an atomic or __nanosleep, since a plain read never lets another lane run. Lanes that are
/// left out of a barrier by `return` are faults, though newer devices let them pass.

#include "tests/simt/harness/fault.h"
#include "tests/simt/harness/sanitizers.h"
#include "tests/simt/harness/site.h"
#include "tests/simt/harness/types.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace caviar::simt {

enum class Order { ascending, descending, random };

struct Schedule {
    Order order = Order::ascending;
    uint64_t seed = 0; ///< of the random order, which also stops warps at any meeting
    /// Blocks alive at once, taking turns; the next one starts where one has ended. To ThreadSanitizer they are not ordered.
    unsigned resident_blocks = 1;
    /// The barrier at this line is left out, by all lanes.
    std::optional<Site> drop{};
    /// Rounds of polling in which nothing changes before it counts as a deadlock.
    uint64_t patience = 10000;
};

/// Throws Fault, or its Deadlock, Divergence or Trap, or whatever a lane threw; all lanes' stacks are unwound by then.
void run(const Schedule& schedule, dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& kernel);

/// kernel(arguments...) in every thread of grid x block; the arguments are copied once, as a launch does.
template <class Kernel, class... A>
void launch(const Schedule& schedule, dim3 grid, dim3 block, size_t shared_bytes, const Kernel& kernel, const A&... arguments) {
    const std::tuple<std::decay_t<A>...> copies(arguments...);
    run(schedule, grid, block, shared_bytes, [&] { std::apply(kernel, copies); });
}

template <class Kernel, class... A>
requires(!std::is_same_v<Kernel, Schedule>) void launch(dim3 grid, dim3 block, size_t shared_bytes, const Kernel& kernel,
                                                        const A&... arguments) {
    launch(Schedule{}, grid, block, shared_bytes, kernel, arguments...);
}

/// The lines of the barriers that this thread's last launch met (the one left out is not among them), in the order of their first
/// time.
std::vector<Site> sites();

} // namespace caviar::simt
