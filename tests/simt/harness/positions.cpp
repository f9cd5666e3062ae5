#include "tests/simt/harness/block.h"

namespace caviar::simt {

namespace {

std::string triple(unsigned x, unsigned y, unsigned z) {
    return "(" + std::to_string(x) + "," + std::to_string(y) + "," + std::to_string(z) + ")";
}

const char* name(WarpCall call) {
    switch (call) {
    case WarpCall::sync: return "a warp barrier";
    case WarpCall::shuffle: return "a shuffle";
    case WarpCall::ballot: return "a vote";
    case WarpCall::mma_tf32:
    case WarpCall::mma_bf16: return "an mma";
    }
    return "";
}

std::string hexadecimal(uint32_t mask) {
    std::string text = "0x00000000";
    for (int i = 0; i < 8; ++i) text[static_cast<size_t>(9 - i)] = "0123456789abcdef"[mask >> (4 * i) & 15];
    return text;
}

std::string doing(const Lane& l) {
    const Request& r = l.request;
    switch (l.state) {
    case Lane::State::fresh: return "not started";
    case Lane::State::ready:
    case Lane::State::released: return "running";
    case Lane::State::yielded: return "polling";
    case Lane::State::ended: return "ended";
    case Lane::State::waiting: break;
    }
    if (r.call == Call::warp)
        return std::string("in ") + name(r.warp) + " of mask " + hexadecimal(r.mask) + " at " + r.site.text();
    return "at barrier " + std::to_string(r.id) + " (" + std::to_string(l.block->barriers[r.id].waiting.size()) + " of " +
           std::to_string(r.threads) + " threads have come), " + r.site.text();
}

} // namespace

std::string place(const Lane& lane) {
    const uint3 b = lane.block->index, t = lane.thread;
    return "block " + triple(b.x, b.y, b.z) + ", thread " + triple(t.x, t.y, t.z);
}

std::string positions(const Block& block) {
    std::string text;
    for (size_t first = 0, last; first < block.lanes.size(); first = last) {
        const std::string what = doing(block.lanes[first]);
        for (last = first + 1; last < block.lanes.size() && doing(block.lanes[last]) == what; ++last) {
        }
        text += "  block " + triple(block.index.x, block.index.y, block.index.z) + " threads " + std::to_string(first) + "-" +
                std::to_string(last - 1) + ": " + what + "\n";
    }
    return text;
}

} // namespace caviar::simt
