#include "cuda/homes.h"

#include <algorithm>
#include <iterator>

namespace caviar::cuda {
namespace {

/// Floats of a piece where that much is free, and of what every size is a multiple.
constexpr int64_t piece_floats = int64_t{1} << 26, grain = 64;

int64_t round_up(int64_t floats) { return (floats + grain - 1) / grain * grain; }

} // namespace

int64_t Homes::spare_floats() {
    return std::max<int64_t>(0, device_->free_bytes() - kept_back_) / static_cast<int64_t>(sizeof(float)) / grain * grain;
}

float* Homes::take(int64_t floats) {
    floats = round_up(floats);
    for (Piece& piece : pieces_)
        if (float* place = take_from(piece, floats)) return place;
    if (!grow(floats)) {
        trim();
        if (!grow(floats)) return nullptr;
    }
    return take_from(pieces_.back(), floats);
}

float* Homes::take_from(Piece& piece, int64_t floats) {
    for (auto gap = piece.free.begin(); gap != piece.free.end(); ++gap) {
        const auto [offset, size] = *gap;
        if (size < floats) continue;
        piece.free.erase(gap);
        if (size > floats) piece.free.emplace(offset + floats, size - floats);
        return piece.memory.data() + offset;
    }
    return nullptr;
}

bool Homes::grow(int64_t floats) {
    for (int64_t size = std::max(floats, std::min(piece_floats, spare_floats())); size <= spare_floats();) {
        try {
            Piece piece{DeviceArray<float>(device_, size), {{0, size}}};
            pieces_.push_back(std::move(piece));
            return true;
        } catch (const OutOfDeviceMemory&) { // free memory may lie in parts, or go to another program meanwhile
            if (size == floats) return false;
            size = std::max(floats, round_up(size / 2));
        }
    }
    return false;
}

void Homes::give_back(float* place, int64_t floats) noexcept {
    floats = round_up(floats);
    for (Piece& piece : pieces_) {
        int64_t offset = place - piece.memory.data();
        if (offset < 0 || offset >= piece.memory.size()) continue;
        auto next = piece.free.lower_bound(offset);
        if (next != piece.free.end() && next->first == offset + floats) {
            floats += next->second;
            next = piece.free.erase(next);
        }
        if (next != piece.free.begin()) {
            const auto before = std::prev(next);
            if (before->first + before->second == offset) {
                before->second += floats;
                return;
            }
        }
        piece.free.emplace(offset, floats);
        return;
    }
}

void Homes::trim() noexcept {
    pieces_.remove_if([](const Piece& piece) { return piece.free.size() == 1 && piece.free.begin()->second == piece.memory.size(); });
}

int64_t Homes::room() {
    int64_t floats = spare_floats();
    for (const Piece& piece : pieces_) floats += piece.memory.size();
    return floats;
}

} // namespace caviar::cuda
