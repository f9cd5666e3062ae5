#pragma once
/// Functions with a known minimum on the unit cube, to hold samplers against each other.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace caviar::bench {

struct Function {
    std::string name;
    size_t dimensions;
    double minimum;
    double (*value)(std::span<const double> unit);
};

/// Branin (Dixon and Szego 1978, "The global optimisation problem: an introduction") and Hartmann6 (Hartman 1973, in the same table).
const std::vector<Function>& functions();

} // namespace caviar::bench
