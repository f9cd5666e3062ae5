#pragma once
/// A Parzen (kernel density) estimate over a search space.

#include "host/search/cube.h"
#include "host/search/stream.h"

#include <cstddef>
#include <span>
#include <vector>

namespace caviar::search {

/// The mean of one kernel per trial and one that is the space's own distribution, so that nowhere has no density. A kernel is a
/// product over the axes: a normal cut at the ends of the scale; for a whole number that normal's mass on its cell; for a choice the
/// value's own mass and a share spread over all (Aitchison and Aitken 1976). What a trial did not have it knows nothing about: there its
/// kernel is the space's distribution. The product keeps together what was good together (multivariate, as in Falkner, Klein and
/// Hutter 2018, "BOHB", section 3.2), where Bergstra et al. 2011 estimate each axis alone.
class Parzen {
public:
    explicit Parzen(const Cube& cube) : cube_(&cube) {}

    /// A kernel around a settled point. `widths`: standard deviations of the numeric axes, one per axis.
    void add(std::span<const double> point, std::span<const double> widths);
    size_t size() const { return count_; }

    /// The logarithm of the density at a settled point; axes that do not count there are left out.
    double log_density(std::span<const double> point) const;
    /// A draw from the estimate, settled.
    void draw(Stream&, std::span<double> point) const;

private:
    /// `cells`: of the point's whole numbers, one per axis.
    double log_kernel(size_t kernel, std::span<const double> point, const std::vector<Cell>& cells) const;

    const Cube* cube_;
    size_t count_ = 0;
    std::vector<double> centres_, widths_, log_masses_; ///< kernels x axes; the last: the logarithm of the normal's mass on the scale
};

} // namespace caviar::search
