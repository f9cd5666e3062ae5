#pragma once
/// Sobol's sequence: points that fill the unit cube more evenly than independent ones, whatever coordinates one looks at.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace caviar::search {

inline constexpr size_t sobol_dimensions = 64;

/// The first 32 binary digits of a coordinate of point `index` (0, 1, ...; the first point is the origin), in the order of the
/// index itself, not of its Gray code: blocks of 2^m points that begin at a multiple of 2^m are the same sets. I. M. Sobol 1967;
/// direction numbers in joe_kuo.h. `dimension` < sobol_dimensions.
uint32_t sobol_digits(uint32_t index, size_t dimension);

/// The sequence with its digits scrambled (nested uniform scrambling, A. B. Owen, "Randomly permuted (t,m,s)-nets and
/// (t,s)-sequences", 1995): each digit is flipped by a coin of its own for all the digits before it. Every point is then uniform on
/// the cube, and every elementary interval still holds as many points as before.
class ScrambledSobol {
public:
    /// Sequences of other seeds or numbers are scrambled independently. Throws UsageError for more than sobol_dimensions.
    ScrambledSobol(uint64_t seed, uint64_t number, size_t dimensions);
    /// A multiple of 2^-53 in [0, 1).
    double at(uint32_t index, size_t dimension) const;

private:
    std::vector<uint64_t> keys_; ///< one per dimension
};

} // namespace caviar::search
