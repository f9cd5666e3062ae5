#pragma once
/// The values of a choice as parts of the unit scale.

#include "caviar/space.h"

#include <cstddef>
#include <vector>

namespace caviar::search {

/// Which value of a choice a unit coordinate means: its place in the list.
size_t slot(const Distribution&, double unit);

/// How likely each value is to be drawn: as often as it is written. A repeated value has its weight at its first place, where
/// `Distribution::unit` finds it, and none at the others.
std::vector<double> plain_weights(const Distribution&);

} // namespace caviar::search
