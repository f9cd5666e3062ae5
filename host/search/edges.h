#pragma once
/// The best trial on an edge of the space: the optimum may lie outside.

#include "host/search/history.h"

#include <string>
#include <vector>

namespace caviar::search {

/// One line for each numeric parameter whose best value lies at an end of its range, with a wider range as a ready flag.
/// Quiet where the hyperparameter allows nothing beyond, and where the other good trials do not lean to that end: of ten
/// parameters that do not matter, one will have its best value in the outer twentieth by chance.
std::vector<std::string> edge_warnings(const SearchSpace&, const History&);

} // namespace caviar::search
