#pragma once
/// A regression tree over cells (Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984): the mean of
/// the values where they are alike, a cut in two where that lowers the squared error most.

#include "host/importance/axes.h"
#include "host/search/stream.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace caviar::importance {

/// Points that a tree learns from, one row each.
struct Sample {
    std::vector<uint8_t> cells;   ///< rows x axes
    std::vector<double> values;   ///< rows
    std::vector<double> weights;  ///< rows, above 0
    size_t rows() const { return values.size(); }
};

class Tree {
public:
    /// Each cut takes the best among a random two thirds of the axes, so that strong ones do not hide weak ones in every tree, and leaves
    /// `least` rows on either side at least. A choice is cut after sorting its values by their means, which finds the best of all
    /// subsets (Fisher 1958, "On grouping for maximum homogeneity"). The axes must outlive the tree.
    Tree(const std::vector<Axis>& axes, const Sample&, size_t least, search::Stream& random);

    double predict(std::span<const uint8_t> cells) const;
    /// Calls `visit` with the value and the box of each leaf: for each axis the cells it holds. The boxes part the space.
    void leaves(const std::function<void(double value, std::span<const Cells> box)>& visit) const;

private:
    struct Node {
        double value = 0;
        size_t axis = 0;
        Cells left_cells = 0;
        uint32_t left = 0, right = 0; ///< 0: a leaf
    };
    const std::vector<Axis>& axes_;
    std::vector<Node> nodes_;
};

} // namespace caviar::importance
