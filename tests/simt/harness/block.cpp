#include "tests/simt/harness/block.h"

#include "tests/simt/harness/fault.h"
#include "tests/simt/harness/fiber.h"
#include "tests/simt/harness/mma.h"
#include "tests/simt/harness/run.h"

#include <bit>

namespace caviar::simt {

Block::Block(Launch& launch_, dim3 size, size_t shared_bytes)
    : launch(launch_), shared(shared_bytes), lanes(size_t{size.x} * size.y * size.z), warps((lanes.size() + 31) / 32) {
    for (unsigned i = 0; i < lanes.size(); ++i) {
        Lane& l = lanes[i];
        l.block = this;
        l.warp = &warps[i / 32];
        l.number = i;
        l.thread = {i % size.x, i / size.x % size.y, i / size.x / size.y};
        l.started = &started_;
        l.fiber = take_fiber();
        if (!l.warp->first) l.warp->first = &l;
        l.warp->lanes |= 1u << l.in_warp();
    }
}

Block::~Block() {
    for (Lane& l : lanes) give_back(std::move(l.fiber));
}

void Block::begin(uint3 at) {
    index = at;
    shared.poison();
    alive = lanes.size();
    for (Lane& l : lanes) {
        l.state = Lane::State::fresh;
        l.cancelled = false;
        l.failed = false;
        l.failure = nullptr;
        l.copies.clear();
        l.fence.clear();
    }
    order_before(&started_); // once for all lanes: one that ends early is not before one that starts late
}

namespace {

CAVIAR_UNSEEN void after_start(const Lane& lane) { order_after(lane.started); }
CAVIAR_UNSEEN void note_failure(Lane& lane) { lane.failed = true; }

void body(void* pointer) {
    Lane& self = *static_cast<Lane*>(pointer);
    after_start(self);
    try {
        self.block->launch.kernel();
        if (!self.copies.none()) throw Fault(place(self) + " ended without waiting for its cp.async copies");
    } catch (const Cancelled&) {
    } catch (...) {
        self.failure = std::current_exception();
        note_failure(self);
    }
    order_before(&self);
}

} // namespace

void Block::run(Lane& l) {
    if (l.state == Lane::State::fresh) l.fiber->start(body, &l);
    l.state = Lane::State::ready; // whatever becomes of it, it is no longer fresh
    enter(l);
    l.fiber->resume();
    leave();
    ++launch.turns;
    if (!l.fiber->busy()) {
        l.state = Lane::State::ended;
        --alive;
        ++launch.changes;
        if (!l.failed) return;
        order_after(&l);
        std::rethrow_exception(l.failure);
    }
    switch (l.request.call) {
    case Call::turn: l.state = Lane::State::yielded; break;
    case Call::barrier: arrive(l); break;
    case Call::warp: meet(l); break;
    }
}

void Block::finish() const {
    for (const Lane& l : lanes) order_after(&l); // not before all have ended: what comes next is ordered after this
    if (!shared.intact())
        throw Fault("block (" + std::to_string(index.x) + "," + std::to_string(index.y) + "," + std::to_string(index.z) +
                    ") wrote outside its " + std::to_string(shared.bytes()) + " bytes of shared memory");
}

void Block::cancel() {
    for (Lane& l : lanes) {
        if (l.state == Lane::State::fresh) continue;
        l.cancelled = true;
        while (l.fiber->busy()) {
            enter(l);
            l.fiber->resume();
            leave();
        }
        order_after(&l);
        l.state = Lane::State::ended;
    }
}

void Block::arrive(Lane& l) {
    const Request& r = l.request;
    Barrier& barrier = barriers[r.id];
    if (barrier.waiting.empty()) barrier.threads = r.threads;
    if (barrier.threads != r.threads)
        throw Divergence(place(l) + " comes to barrier " + std::to_string(r.id) + " for " + std::to_string(r.threads) +
                         " threads at " + r.site.text() + ", where others wait for " + std::to_string(barrier.threads) + "\n" +
                         positions(*this));
    barrier.waiting.push_back(&l);
    l.state = Lane::State::waiting;
    if (static_cast<int>(barrier.waiting.size()) < barrier.threads) return;

    for (const Lane* one : barrier.waiting) { // bar.sync is for whole warps, at one instruction
        const Warp& warp = *one->warp;
        for (unsigned i = 0; i < static_cast<unsigned>(std::popcount(warp.lanes)); ++i) {
            const Lane& mate = warp.first[i];
            if (mate.state != Lane::State::waiting || mate.request.call != Call::barrier || mate.request.id != r.id)
                throw Divergence("barrier " + std::to_string(r.id) + " at " + r.site.text() + " has its " +
                                 std::to_string(r.threads) + " threads, but only a part of a warp\n" + positions(*this));
            if (!(mate.request.site == one->request.site))
                throw Divergence("lanes of one warp come to barrier " + std::to_string(r.id) + " at different lines\n" +
                                 positions(*this));
        }
    }
    ++barrier.tokens.phase;
    ++launch.changes;
    launch.met(r.site);
    for (Lane* one : barrier.waiting) one->state = Lane::State::released;
    barrier.waiting.clear();
}

void Block::meet(Lane& l) {
    const Request& r = l.request;
    const uint32_t self = 1u << l.in_warp();
    Warp& warp = *l.warp;
    const auto diverge = [&](const std::string& what) {
        throw Divergence(place(l) + " comes to a collective of its warp at " + r.site.text() + ": " + what + "\n" +
                         positions(*this));
    };
    if (!(r.mask & self)) diverge("it is not in its own mask");
    if (r.mask & ~warp.lanes) diverge("the mask has lanes that the warp has not");
    if (r.warp >= WarpCall::mma_tf32 && r.mask != ~0u) diverge("mma needs the whole warp");
    l.state = Lane::State::waiting;
    Meeting* mine = nullptr;
    for (Meeting* m = warp.meetings; m < warp.meetings + warp.count; ++m) {
        if (m->mask == r.mask) mine = m;
        if (m->arrived && m->mask != r.mask && (m->mask & r.mask)) diverge("lanes of its mask wait with another mask");
    }
    if (mine->arrived) {
        const Request& other = warp.first[std::countr_zero(mine->arrived)].request;
        if (other.warp != r.warp || !(other.site == r.site)) diverge("lanes of its mask wait in another one");
    }
    mine->arrived |= self;
    if (mine->arrived == mine->mask) complete(warp, *mine);
}

void Block::complete(Warp& warp, Meeting& meeting) {
    const auto each = [&](const auto& f) {
        for (unsigned i = 0; i < 32; ++i)
            if (meeting.mask >> i & 1) f(warp.first[i], warp.first[i].request);
    };
    const Request& any = warp.first[std::countr_zero(meeting.mask)].request;
    switch (any.warp) {
    case WarpCall::sync: launch.met(any.site); break;
    case WarpCall::shuffle:
        each([&](Lane& l, Request& r) {
            const uint32_t from = r.in[2];
            if (from > 31 || !(meeting.mask >> from & 1))
                throw Fault(place(l) + " reads from lane " + std::to_string(from) + ", which is not in the mask, at " +
                            r.site.text());
            for (int i = 0; i < 2; ++i) r.out[i] = warp.first[from].request.in[i];
        });
        break;
    case WarpCall::ballot: {
        uint32_t votes = 0;
        each([&](Lane& l, Request& r) { votes |= uint32_t{r.in[0] != 0} << l.in_warp(); });
        each([&](Lane&, Request& r) { r.out[0] = votes; });
        break;
    }
    case WarpCall::mma_tf32:
    case WarpCall::mma_bf16: {
        Request* requests[32];
        each([&](Lane& l, Request& r) { requests[l.in_warp()] = &r; });
        if (any.warp == WarpCall::mma_tf32)
            multiply_tf32(requests);
        else
            multiply_bf16(requests);
    }
    }
    each([](Lane& l, Request&) { l.state = Lane::State::ready; });
    meeting.arrived = 0;
    ++meeting.tokens.phase;
    ++launch.changes;
}

} // namespace caviar::simt
