#pragma once
/// The generator behind splits and generated data sets: fixed here, because std::shuffle and the std distributions give
/// other numbers on other standard libraries.

#include <cstdint>
#include <span>
#include <utility>

namespace caviar::data {

/// SplitMix64: a counter put through a 64-bit mixer (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
class Random {
public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t bits() {
        uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    /// Uniform on [0, 1), a multiple of 2^-53.
    double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
    /// Uniform on 0 .. n-1, n > 0; without bias: draws above the last whole multiple of n are thrown away.
    uint64_t below(uint64_t n) {
        const uint64_t excess = (0 - n) % n; // 2^64 mod n
        uint64_t draw = bits();
        while (draw < excess) draw = bits();
        return draw % n;
    }
    /// Fisher-Yates.
    template <class T> void shuffle(std::span<T> items) {
        for (uint64_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
    }

private:
    uint64_t state_;
};

} // namespace caviar::data
