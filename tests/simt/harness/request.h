#pragma once
/// What a lane asks of the scheduler when it stops.

#include "tests/simt/harness/site.h"

#include <cstdint>

namespace caviar::simt {

enum class Call : uint8_t {
    turn,    ///< let the others go first
    barrier, ///< of `threads` threads, number `id`
    warp     ///< a collective of the lanes in `mask`
};

/// Collectives of a warp. Only `sync` orders memory: shuffles and votes do not (CUDA C++ Programming Guide).
enum class WarpCall : uint8_t { sync, shuffle, ballot, mma_tf32, mma_bf16 };

struct Request {
    Call call = Call::turn;
    WarpCall warp = WarpCall::sync;
    int id = 0, threads = 0;
    uint32_t mask = 0;
    Site site;
    /// shuffle: two words of value, the lane to read from; ballot: the predicate; mma: a, b (4 + 2 words), d (4).
    static constexpr int most_in = 10, most_out = 4;
    uint32_t in[most_in] = {};
    /// The answer. shuffle: two words; ballot: one; mma: d.
    uint32_t out[most_out] = {};
};

} // namespace caviar::simt
