#include "tests/simt/harness/lane.h"

#include "tests/simt/harness/block.h"
#include "tests/simt/harness/fault.h"
#include "tests/simt/harness/fiber.h"
#include "tests/simt/harness/run.h"
#include "tests/simt/harness/written.h"

namespace caviar::simt {

namespace {

thread_local Lane* current = nullptr;

[[noreturn]] void outside() { throw Fault("device code runs outside a launch"); }

/// Stops until the scheduler lets this lane go on.
CAVIAR_UNSEEN void wait(Lane& self) {
    Fiber::suspend();
    if (self.cancelled) throw Cancelled{};
}

CAVIAR_UNSEEN void ask(Lane& self, Call call, Site site) {
    self.request.call = call;
    self.request.site.file = site.file;
    self.request.site.line = site.line;
}

CAVIAR_UNSEEN Meeting& meeting(Lane& self, uint32_t mask) {
    Warp& warp = *self.warp;
    for (int i = 0; i < warp.count; ++i)
        if (warp.meetings[i].mask == mask) return warp.meetings[i];
    if (warp.count == Warp::most) throw Fault(place(self) + ": the warp has used more than 64 different masks");
    warp.meetings[warp.count].mask = mask;
    return warp.meetings[warp.count++];
}

CAVIAR_UNSEEN const void* token(const Tokens& tokens) { return &tokens.place[tokens.phase % 2]; }

bool dropped(const Lane& self, const Site& site) {
    const auto& drop = self.block->launch.schedule.drop;
    return drop && *drop == site;
}

CAVIAR_UNSEEN void ask_barrier(Lane& self, int id, int threads, Site site) {
    ask(self, Call::barrier, site);
    self.request.id = id;
    self.request.threads = threads;
    const void* const meets = token(self.block->barriers[id].tokens);
    order_before(meets);
    wait(self);
    order_after(meets);
}

CAVIAR_UNSEEN void ask_warp(Lane& self, WarpCall call, uint32_t mask, Site site) {
    ask(self, Call::warp, site);
    self.request.warp = call;
    self.request.mask = mask;
    const void* const meets = token(meeting(self, mask).tokens);
    if (call == WarpCall::sync) order_before(meets);
    wait(self);
    if (call == WarpCall::sync) order_after(meets);
}

CAVIAR_UNSEEN void copy(volatile uint32_t* to, const volatile uint32_t* from, int words) {
    for (int i = 0; i < words; ++i) to[i] = from[i]; // volatile: not to become a memcpy, which would be seen
}

} // namespace

CAVIAR_UNSEEN Lane& lane() {
    if (!current) outside();
    return *current;
}

CAVIAR_UNSEEN void enter(Lane& self) { current = &self; }
CAVIAR_UNSEEN void leave() { current = nullptr; }
CAVIAR_UNSEEN bool in_lane() { return current != nullptr; }
CAVIAR_UNSEEN void note_change() { ++lane().block->launch.changes; }
CAVIAR_UNSEEN long long clock_now() { return static_cast<long long>(lane().block->launch.turns); }

const uint3& thread_index() { return lane().thread; }
const uint3& block_index() { return lane().block->index; }
const dim3& block_size() { return lane().block->launch.block; }
const dim3& grid_size() { return lane().block->launch.grid; }
char* shared_memory() { return lane().block->shared.data(); }

void fail_unwritten(const void* first, int words) {
    if (lane().block->shared.holds(first, static_cast<size_t>(words) * 4)) return;
    throw Fault(place(lane()) + ": reads " + std::to_string(words) + " words of which some were never written");
}

void trap(Site site) { throw Trap(place(lane()) + ": trap at " + site.text()); }

CAVIAR_UNSEEN void take_turns() {
    Lane& self = lane();
    self.request.call = Call::turn;
    wait(self);
}

void block_barrier(Site site) {
    Lane& self = lane();
    if (!dropped(self, site)) ask_barrier(self, 0, static_cast<int>(self.block->lanes.size()), site);
}

void named_barrier(int id, int threads, Site site) {
    Lane& self = lane();
    if (id < 0 || id >= Block::most_barriers)
        throw Fault(place(self) + ": barrier " + std::to_string(id) + " at " + site.text() + ": there are 0 to 15");
    if (threads <= 0 || threads % 32 != 0 || static_cast<size_t>(threads) > self.block->lanes.size())
        throw Fault(place(self) + ": a barrier for " + std::to_string(threads) + " threads at " + site.text() +
                    ": it takes whole warps of a block of " + std::to_string(self.block->lanes.size()));
    if (!dropped(self, site)) ask_barrier(self, id, threads, site);
}

void warp_barrier(unsigned mask, Site site) {
    Lane& self = lane();
    if (!dropped(self, site)) ask_warp(self, WarpCall::sync, mask, site);
}

void collective(WarpCall call, unsigned mask, Site site, const uint32_t* in, int words_in, uint32_t* out, int words_out) {
    Lane& self = lane();
    copy(self.request.in, in, words_in);
    ask_warp(self, call, mask, site);
    copy(out, self.request.out, words_out);
}

} // namespace caviar::simt
