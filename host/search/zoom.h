#pragma once
/// A box as a space of its own, for samplers that know of spaces only.

#include "host/search/box.h"

#include <cstddef>
#include <vector>

namespace caviar::search {

/// The part of the space that the box covers: numeric parameters range between its sides; a choice lists its values in twentieths of
/// their weights, each at least once. What can never count there is left out. Settings of it are settings of the space.
SearchSpace zoomed(const SearchSpace&, const Box&);

/// Those of the first `among` trials whose settings the zoomed space could draw, in their order.
std::vector<Observation> inside(const SearchSpace& zoomed, const SearchSpace& whole, const History&, size_t among);

} // namespace caviar::search
