#pragma once
/// A block: its lanes, its warps, its barriers. All of it is the scheduler's; lanes read what does not change while they run,
/// and the tokens and phases of what they wait for, in functions that ThreadSanitizer does not see.

#include "tests/simt/harness/lane.h"
#include "tests/simt/harness/shared.h"

#include <cstdint>
#include <string>
#include <vector>

namespace caviar::simt {

/// What orders lanes that met. Two places in turn: one lane may come to the next meeting before another has left this one.
struct Tokens {
    unsigned phase = 0; ///< meetings so far
    char place[2] = {};
};

struct Barrier {
    Tokens tokens;
    int threads = 0;
    std::vector<Lane*> waiting;
};

/// Lanes of a mask that meet.
struct Meeting {
    Tokens tokens;
    uint32_t mask = 0, arrived = 0;
};

struct Warp {
    static constexpr int most = 64;
    unsigned lanes = 0; ///< of the first, one bit for each
    Lane* first = nullptr;
    Meeting meetings[most]; ///< each mask that was ever used
    int count = 0;
};

struct Launch;

struct Block {
    static constexpr int most_threads = 1024, most_barriers = 16;

    Block(Launch& launch, dim3 size, size_t shared_bytes);
    ~Block();

    /// A new block in this one's place.
    void begin(uint3 index);
    /// Lets a lane run until it stops, and does what it asks for. Throws what the lane threw.
    void run(Lane& lane);
    /// All lanes have ended; checks what they left.
    void finish() const;
    /// Unwinds the lanes that have not ended.
    void cancel();

    Launch& launch;
    uint3 index{0, 0, 0};
    SharedMemory shared;
    std::vector<Lane> lanes;
    std::vector<Warp> warps;
    Barrier barriers[most_barriers];
    size_t alive = 0;

private:
    char started_ = 0; ///< orders the lanes after what was before the block

    void arrive(Lane& lane);
    void meet(Lane& lane);
    void complete(Warp& warp, Meeting& meeting);
};

/// Where each lane of the block is, lanes that are alike in one line.
std::string positions(const Block& block);

} // namespace caviar::simt
