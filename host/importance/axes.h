#pragma once
/// A search space as a forest sees it: every hyperparameter that varies is an axis of a few cells.

#include "caviar/space.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace caviar::importance {

/// The most cells of an axis: a tenth of a decade of a learning rate over three.
inline constexpr size_t most_cells = 32;

/// Some of an axis's cells, one bit each.
using Cells = uint32_t;

/// The unit scale of one parameter, cut in cells: equal parts of a number's scale, the values of a choice.
struct Axis {
    size_t parameter = 0;         ///< its place in the space
    bool ordered = true;          ///< false: a choice
    std::vector<double> weights;  ///< the share of the scale that each cell has; they add up to 1
    std::vector<double> units;    ///< where each cell lies: its middle; of a choice a value in it
    std::vector<size_t> of_slot;  ///< choice: the cell of each place in its list

    size_t size() const { return weights.size(); }
    /// The cell of a unit coordinate.
    size_t cell(double unit, const Distribution&) const;
    /// The cell that a random number in [0, 1) draws, as often as its weight says.
    size_t draw(double uniform) const;
    Cells all() const { return size() == 32 ? ~Cells{0} : (Cells{1} << size()) - 1; }
    double weight(Cells) const;
};

/// One axis for each parameter with more than one value. Whole numbers of more than `most_cells` values share cells with their
/// neighbours, as do the values of longer choices.
std::vector<Axis> axes_of(const SearchSpace&);

} // namespace caviar::importance
