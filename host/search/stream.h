#pragma once
/// The random numbers of one trial of a search: a pure function of the study's seed and the trial's number, so that a draw
/// does not depend on what was drawn before it.

#include "caviar/mlp/philox.h"

#include <cstdint>

namespace caviar::search {

/// What a stream is drawn for; part of the counter, so that no two uses share numbers.
enum class Use : uint32_t { trial = 0, permutation = 1, scramble = 2, step = 3, stage = 4, exploit = 5, zoom = 6, acquisition = 16, importance = 32 };

class Stream {
public:
    /// `part`: which of several streams for the same use and index, below 2^24.
    Stream(uint64_t seed, uint64_t index, Use use = Use::trial, uint32_t part = 0)
        : key_(mlp::make_key(seed, 0, mlp::Purpose::search)), index_(index), use_(static_cast<uint32_t>(use) | part << 8) {}

    uint64_t bits() {
        if (next_ % 2 == 0)
            block_ = mlp::philox({{static_cast<uint32_t>(index_), static_cast<uint32_t>(index_ >> 32), next_ / 2, use_}}, key_);
        const size_t half = 2 * (next_++ % 2);
        return (static_cast<uint64_t>(block_.word[half]) << 32) | block_.word[half + 1];
    }
    /// Uniform on [0, 1): multiples of 2^-53.
    double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
    /// Uniform on 0 .. n-1; n at most 2^53.
    int64_t below(int64_t n) {
        const auto i = static_cast<int64_t>(uniform() * static_cast<double>(n));
        return i < n ? i : n - 1;
    }

private:
    mlp::Key key_;
    uint64_t index_;
    uint32_t use_, next_ = 0;
    mlp::Block4 block_{};
};

} // namespace caviar::search
