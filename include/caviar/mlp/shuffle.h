#pragma once
/// The order of the minibatches: a keyed bijection on [0, n), one for each trial and epoch, computed position by position.
/// A Feistel network over pairs (left, right) with left < a, right < b, a = ceil(sqrt(n)), b = ceil(n / a), additions modulo
/// a and b in place of exclusive or (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002, section 5). A pair
/// that lies outside [0, n) is sent through again (cycle walking) until it falls inside. As a * b < n + a, that is rare: powers
/// of two for a and b would walk up to four times as far.

#include "caviar/mlp/philox.h"

#include <cstdint>

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

struct Shuffle {
    static constexpr int rounds = 8;
    uint32_t n, a, b;
    uint32_t round_key[rounds];
};

/// n in [1, 2^31]; epoch counts from 0.
CAVIAR_HD inline Shuffle make_shuffle(uint64_t study_seed, uint64_t trial_seed, uint32_t epoch, uint32_t n) {
    Shuffle s{};
    s.n = n;
    s.a = 1;
    for (uint32_t bit = 1u << 15; bit != 0; bit >>= 1) // floor(sqrt(n - 1)), then one more is ceil(sqrt(n))
        if ((s.a - 1 + bit) * (s.a - 1 + bit) <= n - 1) s.a += bit;
    s.b = (n + s.a - 1) / s.a;
    const Key key = make_key(study_seed, trial_seed, Purpose::shuffle);
    for (uint32_t half = 0; half < 2; ++half) {
        const Block4 words = philox({{epoch, half, 0, 0}}, key);
        for (int i = 0; i < 4; ++i) s.round_key[4 * half + static_cast<uint32_t>(i)] = words.word[i];
    }
    return s;
}

/// A pseudo-random number below `range` from x: multiply, fold, multiply (constants of MurmurHash3's finaliser), of which
/// the high bits are the good ones.
CAVIAR_HD inline uint32_t round_function(uint32_t x, uint32_t round_key, uint32_t range) {
    uint32_t h = (x ^ round_key) * 0x85ebca6bu;
    h ^= h >> 15;
    h *= 0xc2b2ae35u;
    h ^= h >> 16;
    h *= 0x9E3779B1u;
    return static_cast<uint32_t>((uint64_t{h} * range) >> 32);
}

/// The row of the training set that stands at `position` of this epoch; position < n.
CAVIAR_HD inline uint32_t row_at(const Shuffle& s, uint32_t position) {
    uint32_t x = position;
    do {
        uint32_t left = x / s.b, right = x - left * s.b;
        for (int round = 0; round < Shuffle::rounds; round += 2) {
            left += round_function(right, s.round_key[round], s.a);
            if (left >= s.a) left -= s.a;
            right += round_function(left, s.round_key[round + 1], s.b);
            if (right >= s.b) right -= s.b;
        }
        x = left * s.b + right;
    } while (x >= s.n);
    return x;
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
