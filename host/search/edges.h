#pragma once
/// The best trial on an edge of the space: the optimum may lie outside.

#include "host/search/history.h"

#include <string>
#include <vector>

namespace caviar::search {

struct Edge {
    std::string why;  ///< "the best trial has learning_rate 0.098, at the high end of log(0.0003,0.1)"
    std::string flag; ///< a wider range: "--vary 'learning_rate=log(0.0003,1)'"
};

/// One for each numeric parameter whose best value lies at an end of its range.
/// Quiet where the hyperparameter allows nothing beyond, and where the other good trials do not lean to that end: of ten
/// parameters that do not matter, one will have its best value in the outer twentieth by chance.
std::vector<Edge> edges(const SearchSpace&, const History&);
/// The same, a line each.
std::vector<std::string> edge_warnings(const SearchSpace&, const History&);

} // namespace caviar::search
