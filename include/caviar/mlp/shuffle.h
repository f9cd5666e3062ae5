#pragma once
/// The order of the minibatches: a keyed bijection on [0, n), one for each trial and epoch, computed position by position.
/// A Feistel network over pairs (left, right) with left < a, right < b, a = ceil(sqrt(n)), b = ceil(n / a), additions modulo
/// a and b in place of exclusive or (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002, section 5). A pair
/// that lies outside [0, n) is sent through again (cycle walking) until it falls inside. As a * b < n + a, that is rare: powers
/// of two for a and b would walk up to four times as far.

#include "caviar/mlp/philox.h"

#include <cstdint>

namespace caviar::mlp {

struct Shuffle {
    static constexpr int rounds = 12; ///< with 8, the orders of five rows are not equally likely
    uint32_t n, a, b;
    uint32_t inverse; ///< floor((2^32 - 1) / b): division by b as a product
    uint32_t round_key[rounds];
};

inline namespace CAVIAR_ISA {

/// n in [1, 2^31]; epoch counts from 0.
CAVIAR_HD inline Shuffle make_shuffle(uint64_t study_seed, uint64_t trial_seed, uint32_t epoch, uint32_t n) {
    Shuffle s{};
    s.n = n;
    s.a = 1;
    for (uint32_t bit = 1u << 15; bit != 0; bit >>= 1) // floor(sqrt(n - 1)), then one more is ceil(sqrt(n))
        if ((s.a - 1 + bit) * (s.a - 1 + bit) <= n - 1) s.a += bit;
    s.b = (n + s.a - 1) / s.a;
    s.inverse = 0xffffffffu / s.b;
    const Key key = make_key(study_seed, trial_seed, Purpose::shuffle);
    for (uint32_t part = 0; part < Shuffle::rounds / 4; ++part) {
        const Block4 words = philox({{epoch, part, 0, 0}}, key);
        for (uint32_t i = 0; i < 4; ++i) s.round_key[4 * part + i] = words.word[i];
    }
    return s;
}

/// A pseudo-random number below `range` from x: multiply, fold, multiply (constants of MurmurHash3's finaliser); the high
/// bits, which are the good ones, choose.
CAVIAR_HD inline uint32_t round_function(uint32_t x, uint32_t round_key, uint32_t range) {
    uint32_t h = (x ^ round_key) * 0x85ebca6bu;
    h ^= h >> 15;
    h *= 0xc2b2ae35u;
    return static_cast<uint32_t>((uint64_t{h} * range) >> 32);
}

/// Once through the network: a bijection on [0, a * b).
CAVIAR_HD inline uint32_t feistel(const Shuffle& s, uint32_t x) {
    uint32_t left = static_cast<uint32_t>((uint64_t{x} * s.inverse) >> 32), right = x - left * s.b;
    const uint32_t short_by = right >= s.b ? 1 : 0; // the product falls short of the quotient by one at most, as x < 2^32 / 2 + 2^16
    left += short_by;
    right -= short_by * s.b;
    for (int round = 0; round < Shuffle::rounds; round += 2) {
        left += round_function(right, s.round_key[round], s.a);
        left -= left >= s.a ? s.a : 0;
        right += round_function(left, s.round_key[round + 1], s.b);
        right -= right >= s.b ? s.b : 0;
    }
    return left * s.b + right;
}

/// The row of the training set that stands at `position` of this epoch; position < n.
CAVIAR_HD inline uint32_t row_at(const Shuffle& s, uint32_t position) {
    uint32_t row = feistel(s, position);
    while (row >= s.n) row = feistel(s, row);
    return row;
}

/// The rows at positions first to first + count - 1. Two passes, so that the first vectorises and the rare walk stands apart.
CAVIAR_HD inline void rows_at(const Shuffle& s, uint32_t first, uint32_t count, uint32_t* rows) {
    const Shuffle local = s; // its address is not `rows`'s: the compiler need not reload it
    for (uint32_t i = 0; i < count; ++i) rows[i] = feistel(local, first + i);
    for (uint32_t i = 0; i < count; ++i)
        while (rows[i] >= local.n) rows[i] = feistel(local, rows[i]);
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
