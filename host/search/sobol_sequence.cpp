#include "host/search/sobol_sequence.h"

#include "caviar/error.h"
#include "host/search/joe_kuo.h"
#include "host/search/stream.h"

#include <bit>
#include <string>

namespace caviar::search {
namespace {

constexpr size_t digits = 32;
using Directions = std::array<uint32_t, digits>;

/// The recurrence of P. Bratley and B. L. Fox, "Algorithm 659", ACM TOMS 14:88-100, 1988, equation 2, on digits that begin at the highest bit.
constexpr Directions directions_of(const JoeKuo& start) {
    Directions v{};
    const auto degree = static_cast<size_t>(std::bit_width(start.polynomial)) - 1;
    for (size_t k = 0; k < digits; ++k) {
        if (k < degree) {
            v[k] = uint32_t{start.m[k]} << (digits - 1 - k);
            continue;
        }
        v[k] = v[k - degree] ^ (v[k - degree] >> degree);
        for (size_t j = 1; j < degree; ++j)
            if (start.polynomial >> (degree - j) & 1) v[k] ^= v[k - j];
    }
    return v;
}

constexpr std::array<Directions, sobol_dimensions> all_directions() {
    std::array<Directions, sobol_dimensions> all{};
    for (size_t k = 0; k < digits; ++k) all[0][k] = uint32_t{1} << (digits - 1 - k);
    for (size_t d = 1; d < sobol_dimensions; ++d) all[d] = directions_of(joe_kuo[d - 1]);
    return all;
}

constexpr auto directions = all_directions();
static_assert(joe_kuo.size() + 1 == sobol_dimensions);

/// Output function of SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, OOPSLA 2014) at a position of its sequence. A coordinate takes 33 of
/// these, where as many blocks of Philox would cost more than the rest of a draw.
uint64_t mixed(uint64_t key, uint64_t position) {
    uint64_t z = key + position * 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

} // namespace

uint32_t sobol_digits(uint32_t index, size_t dimension) {
    uint32_t x = 0;
    for (size_t k = 0; index != 0; ++k, index >>= 1)
        if (index & 1) x ^= directions[dimension][k];
    return x;
}

ScrambledSobol::ScrambledSobol(uint64_t seed, uint64_t number, size_t dimensions) {
    if (dimensions > sobol_dimensions)
        throw UsageError("Sobol's sequence has at most " + std::to_string(sobol_dimensions) + " dimensions here, and " +
                         std::to_string(dimensions) + " are wanted; vary fewer hyperparameters, or use the sampler random");
    Stream stream(seed, number, Use::scramble);
    for (size_t d = 0; d < dimensions; ++d) keys_.push_back(stream.bits());
}

double ScrambledSobol::at(uint32_t index, size_t dimension) const {
    const uint32_t x = sobol_digits(index, dimension);
    const uint64_t key = keys_[dimension];
    uint32_t flips = 0;
    for (size_t k = 0; k < digits; ++k) {
        const uint64_t before = (uint64_t{1} << k) | (uint64_t{x} >> (digits - k)); // a node of the tree of digits
        flips |= static_cast<uint32_t>(mixed(key, before) >> 63) << (digits - 1 - k);
    }
    const uint64_t beyond = mixed(key, (uint64_t{1} << digits) | x) >> (64 - (53 - digits));
    return static_cast<double>((uint64_t{x ^ flips} << (53 - digits)) | beyond) * 0x1p-53;
}

} // namespace caviar::search
