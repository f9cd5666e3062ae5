#pragma once
/// How much of the variance of a function over a box comes from each axis and each pair of axes, learnt from noisy samples of it.

#include "host/importance/axes.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace caviar::importance {

/// Stands in a list of cells for an axis that did not count.
inline constexpr uint8_t absent = 255;

/// A share of the variance over the whole space, as the middle of the replicates, and where 90 % of these lie.
struct Share {
    double share = 0, low = 0, high = 1;
};

struct Decomposition {
    /// In which share of the replicates the forests on both halves agree: their functions' covariance over the space is above 0. Where there is
    /// nothing to learn it is in half of them or fewer; then the shares mean nothing.
    double agreement = 0;
    std::vector<Share> one;                    ///< by axis, alone
    std::vector<Share> both;                   ///< by pair, beyond what both do alone; pairs in the order (0,1), (0,2), ..., (1,2), ...
    std::vector<std::vector<double>> curve;    ///< by axis: the mean over all other axes, for each cell
    std::vector<std::vector<double>> surface;  ///< by pair: cells of the first x cells of the second, row-major
};

struct DecompositionOptions {
    size_t replicates = 32;
    size_t trees = 8;   ///< of each forest; two forests a replicate
    size_t least = 3;   ///< samples in a leaf
    uint64_t seed = 0;
};

/// Functional ANOVA of a random forest (Hutter, Hoos and Leyton-Brown 2014), in two points otherwise than published:
/// (1) A tree fits noise, and the variance of what it fitted counts as importance. So each replicate deals the samples out into two halves,
/// grows a forest on either, and takes for the variance of a component the product of the two forests' components, integrated: noise in
/// one half knows nothing of that in the other, so what does not matter comes out near 0, from either side (it is cut at 0).
/// (2) A replicate weights the samples at random (the Bayesian bootstrap, Rubin 1981), so that the spread of the replicates holds the
/// error of having seen these samples and no others.
/// Trees cut by the strong axes first, so from few samples the weak ones come out weaker than they are: 0.02 of 0.05 for the third of three.
/// `cells`: rows x axes, by Axis::cell; `absent` where the axis did not count: there the function does not depend on it, so each tree is
/// given a place drawn afresh, and a cut by it does not pay. `values`: one a row, finite. Deterministic. Throws UsageError for fewer
/// than 8 samples or an empty list of axes.
Decomposition decompose(const std::vector<Axis>&, std::span<const uint8_t> cells, std::span<const double> values, const DecompositionOptions& = {});

} // namespace caviar::importance
