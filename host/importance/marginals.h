#pragma once
/// The marginals of a piecewise constant function, exactly, from its boxes.

#include "host/importance/axes.h"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace caviar::importance {

/// The mean of a function over all axes but one or two, for each cell of these. The axes must outlive it.
class Marginals {
public:
    explicit Marginals(const std::vector<Axis>& axes);

    /// The function is `value` in this box, on top of what was added there before.
    void add(double value, std::span<const Cells> box);
    /// Once all boxes are in: what was added up, times `factor`.
    void finish(double factor);

    size_t pairs() const { return both_.size(); }
    double mean() const { return mean_; }
    const std::vector<double>& one(size_t axis) const { return one_[axis]; }     ///< a value for each cell
    const std::vector<double>& both(size_t pair) const { return both_[pair]; }   ///< cells of the first x cells of the second, row-major
    /// The two axes of a pair; pairs count from 0: (0,1), (0,2), ..., (1,2), ...
    std::pair<size_t, size_t> axes_of(size_t pair) const { return pairs_[pair]; }

private:
    const std::vector<Axis>& axes_;
    double mean_ = 0;
    std::vector<std::vector<double>> one_, both_; ///< until `finish`: differences between neighbouring cells
    std::vector<std::pair<size_t, size_t>> pairs_;

    struct Run { ///< of neighbouring cells, [begin, end)
        size_t begin, end;
    };
    std::vector<std::vector<Run>> runs_; ///< of the box at hand: kept, as a forest has many thousands
    std::vector<double> weights_;
};

/// The components of two functions' ANOVA decompositions (F. Hutter, H. Hoos and K. Leyton-Brown, "An Efficient Approach for Assessing
/// Hyperparameter Importance", ICML 2014, section 3), multiplied and integrated over the space. Of one function with itself these are
/// the variances V_U of that paper's eq. 6.
struct Components {
    std::vector<double> one;  ///< by axis
    std::vector<double> both; ///< by pair, without what each axis does alone
};
Components product(const std::vector<Axis>&, const Marginals&, const Marginals&);

} // namespace caviar::importance
