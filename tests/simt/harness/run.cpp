#include "tests/simt/harness/run.h"

#include "tests/simt/harness/block.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>

namespace caviar::simt {

namespace {

thread_local std::vector<Site> last_sites;

uint3 unfold(uint64_t i, dim3 grid) {
    return {static_cast<unsigned>(i % grid.x), static_cast<unsigned>(i / grid.x % grid.y),
            static_cast<unsigned>(i / grid.x / grid.y)};
}

/// Blocks, warps and lanes in the order that the schedule wants.
class Scheduler {
public:
    Scheduler(Launch& launch, size_t shared_bytes)
        : launch_(launch), random_(launch.schedule.seed), blocks_(uint64_t{launch.grid.x} * launch.grid.y * launch.grid.z) {
        const uint64_t resident = std::min<uint64_t>(blocks_, std::max(1u, launch.schedule.resident_blocks));
        for (uint64_t i = 0; i < resident; ++i) slots_.push_back(std::make_unique<Block>(launch, launch.block, shared_bytes));
        turn_.resize(slots_.size());
    }

    void run() try {
        for (const auto& slot : slots_) begin(*slot);
        for (uint64_t idle = 0; !std::all_of(slots_.begin(), slots_.end(), [](const auto& b) { return b->alive == 0; });) {
            const uint64_t changes = launch_.changes, turns = launch_.turns;
            arrange(turn_.begin(), turn_.end());
            for (size_t i : turn_) sweep(*slots_[i]);
            if (launch_.changes != changes)
                idle = 0;
            else if (launch_.turns == turns || ++idle == launch_.schedule.patience)
                give_up(launch_.turns == turns);
        }
    } catch (...) {
        for (const auto& slot : slots_) slot->cancel();
        throw;
    }

private:
    void begin(Block& block) {
        if (begun_ < blocks_) block.begin(unfold(begun_++, launch_.grid));
    }

    /// One turn of a block: each warp goes as far as it can.
    void sweep(Block& block) {
        if (block.alive == 0) return;
        for (Lane& l : block.lanes)
            if (l.state == Lane::State::yielded || l.state == Lane::State::released) l.state = Lane::State::ready;
        uint8_t warps[Block::most_threads / 32];
        arrange(warps, warps + block.warps.size());
        for (size_t w = 0; w < block.warps.size(); ++w) {
            while (advance(block, warps[w]))
                if (launch_.schedule.order == Order::random && random_() % 4 == 0) break;
        }
        if (block.alive > 0) return;
        block.finish();
        begin(block);
    }

    /// Lets the lanes of a warp that can go on do so, to their next meeting.
    bool advance(Block& block, size_t warp) {
        const size_t first = warp * 32, count = std::min<size_t>(32, block.lanes.size() - first);
        uint8_t lanes[32];
        arrange(lanes, lanes + count);
        bool any = false;
        for (size_t i = 0; i < count; ++i) {
            Lane& l = block.lanes[first + lanes[i]];
            if (l.state != Lane::State::ready && l.state != Lane::State::fresh) continue;
            block.run(l);
            any = true;
        }
        return any;
    }

    /// 0, 1, ... in the schedule's order.
    template <class Numbers> void arrange(Numbers first, Numbers last) {
        std::iota(first, last, 0);
        if (launch_.schedule.order == Order::descending) std::reverse(first, last);
        if (launch_.schedule.order == Order::random) std::shuffle(first, last, random_);
    }

    [[noreturn]] void give_up(bool stuck) const {
        std::string what = stuck ? "nobody can go on" : "lanes go round without anything changing";
        if (begun_ < blocks_)
            what += " (" + std::to_string(blocks_ - begun_) + " blocks have not started: resident_blocks is " +
                    std::to_string(slots_.size()) + ")";
        for (const auto& slot : slots_)
            if (slot->alive > 0) what += "\n" + positions(*slot);
        throw Deadlock(what);
    }

    Launch& launch_;
    std::mt19937_64 random_;
    uint64_t blocks_, begun_ = 0;
    std::vector<std::unique_ptr<Block>> slots_;
    std::vector<size_t> turn_;
};

void check(dim3 grid, dim3 block, size_t shared_bytes) {
    const uint64_t threads = uint64_t{block.x} * block.y * block.z;
    if (threads == 0 || threads > Block::most_threads || uint64_t{grid.x} * grid.y * grid.z == 0)
        throw Fault("a launch of " + std::to_string(grid.x) + " x " + std::to_string(grid.y) + " x " + std::to_string(grid.z) +
                    " blocks of " + std::to_string(threads) + " threads: a device takes 1 to " +
                    std::to_string(Block::most_threads) + " threads a block");
    if (shared_bytes > SharedMemory::limit)
        throw Fault("a launch with " + std::to_string(shared_bytes) + " bytes of shared memory: a device has at most " +
                    std::to_string(SharedMemory::limit));
}

} // namespace

void Launch::met(const Site& site) {
    if (std::find(sites.begin(), sites.end(), site) == sites.end()) sites.push_back(site);
}

void run(const Schedule& schedule, dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& kernel) {
    if (in_lane()) throw Fault(place(lane()) + " launches a kernel itself");
    check(grid, block, shared_bytes);
    Launch launch{schedule, grid, block, kernel};
    try {
        Scheduler(launch, shared_bytes).run();
    } catch (...) {
        last_sites = launch.sites;
        throw;
    }
    last_sites = launch.sites;
}

std::vector<Site> sites() { return last_sites; }

} // namespace caviar::simt
