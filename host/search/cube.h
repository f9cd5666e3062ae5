#pragma once
/// The unit cube as a model of the space sees it: which coordinates count, and what whole numbers and choices make of them.

#include "caviar/space.h"

#include <cstddef>
#include <span>
#include <vector>

namespace caviar::search {

enum class AxisKind {
    fixed,     ///< one value only: says nothing
    continuous,
    whole,     ///< each value owns a cell of the scale
    unordered  ///< a choice
};

struct Cell {
    double low = 0, high = 1;
};

struct Axis {
    AxisKind kind = AxisKind::fixed;
    Distribution distribution;
    std::vector<double> weights; ///< unordered: how likely each value is to be drawn (choices.h)
    std::vector<double> units;   ///< unordered: where each value lies, a repeated one at its first place

    /// The part of the scale that means the same whole number.
    Cell cell(double unit) const;
};

class Cube {
public:
    explicit Cube(const SearchSpace&);

    const std::vector<Axis>& axes() const { return axes_; }
    size_t size() const { return axes_.size(); }
    /// Axes with more than one value.
    size_t varying() const;
    /// Any point of the cube as the history would hold it, were it drawn: NaN where inactive, whole numbers and choices in the
    /// middle of their parts.
    void settle(std::span<double> units) const;

private:
    struct Link {
        bool conditional = false;
        size_t parent = 0;
        Condition when;
        std::vector<bool> meets; ///< for each value of a parent that is a choice
    };
    std::vector<Axis> axes_;
    std::vector<Link> links_; ///< one per axis
};

} // namespace caviar::search
