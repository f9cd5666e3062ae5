#pragma once
/// The minimum of a smooth function of a few numbers.

#include <Eigen/Core>

#include <functional>

namespace caviar::search {

/// Returns the value and fills the gradient. A value that is not finite marks a point that is not allowed.
using Smooth = std::function<double(const Eigen::VectorXd& at, Eigen::VectorXd& gradient)>;

/// A local minimum by BFGS with a backtracking line search (Nocedal and Wright 2006, "Numerical Optimization", algorithms 6.1 and 3.1),
/// at most `steps` of them.
struct Minimum {
    Eigen::VectorXd at;
    double value = 0;
};
Minimum minimise(const Smooth&, Eigen::VectorXd start, int steps);

} // namespace caviar::search
