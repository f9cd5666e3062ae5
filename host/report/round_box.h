#pragma once
/// The part of the space that a round searched, read from the sampler's state as the study keeps it.

#include "caviar/space.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace caviar::report {

/// What a round allowed of one hyperparameter.
struct BoxSide {
    std::string name;
    std::optional<std::pair<Value, Value>> range;         ///< a number
    std::vector<std::pair<std::string, double>> weights;  ///< a choice: how likely each value was, the likeliest first
    std::string held;                                     ///< the value that a stage held it at; empty elsewhere
};

/// The box of a round; a state without one (random, grid, the models) or that is not JSON has no sides. A stage of a staged plan has
/// that of its own sampler and what it held, a line search of `coordinate` the line.
std::vector<BoxSide> round_box(const std::string& state);

/// "0.0012 .. 0.043" by the digits of the hyperparameter's scale; a choice's likeliest value, "adam 62%"; "= 0.01" where held. Empty
/// for a hyperparameter that is not in the space.
std::string to_string(const BoxSide&, const SearchSpace&);

} // namespace caviar::report
