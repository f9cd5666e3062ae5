#pragma once
/// Which hyperparameters to tune before which.

#include "caviar/space.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace caviar::search {

/// The order taught in A. Ng's Deep Learning Specialization (course 2, week 3): the learning rate; momentum, hidden units and batch size;
/// layers and the decay of the rate; Adam's constants, which hardly ever need it. What the course does not rank comes last.
enum class Priority { rate, large, depth, constants, rest };

Priority priority(std::string_view name);
/// The parameters that vary, as indices into the space, the most important first.
std::vector<size_t> by_priority(const SearchSpace&);

} // namespace caviar::search
