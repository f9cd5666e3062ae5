#pragma once
/// The design of a first round.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace caviar::search {

/// `count` points of the unit cube, of which each of `count` equal parts of each axis has one (McKay, Beckman and Conover 1979,
/// "A comparison of three methods for selecting values of input variables").
std::vector<std::vector<double>> latin_hypercube(uint64_t seed, size_t count, size_t axes);

} // namespace caviar::search
