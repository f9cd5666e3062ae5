#include "host/search/minimise.h"

#include <algorithm>
#include <cmath>

namespace caviar::search {
namespace {

constexpr double sufficient = 1e-4;    // share of the descent that the slope promises
constexpr double flat = 1e-6;          // an improvement this small, in the function's unit, ends it
constexpr double longest_step = 2;     // in the unit of the arguments
constexpr int most_halvings = 12;

} // namespace

Minimum minimise(const Smooth& f, Eigen::VectorXd at, int steps) {
    const Eigen::Index n = at.size();
    Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(n, n);
    Eigen::VectorXd gradient(n), next_gradient(n);
    double value = f(at, gradient);
    for (int step = 0; step < steps && std::isfinite(value); ++step) {
        Eigen::VectorXd direction = -(inverse * gradient);
        double slope = direction.dot(gradient);
        if (!(slope < 0)) {
            inverse.setIdentity();
            direction = -gradient;
            slope = -gradient.squaredNorm();
        }
        if (!(slope < 0)) break;
        double length = std::min(1.0, longest_step / direction.norm());
        Eigen::VectorXd next = at;
        double next_value = value;
        bool found = false;
        for (int halving = 0; halving < most_halvings && !found; ++halving, length /= 2) {
            next = at + length * direction;
            next_value = f(next, next_gradient);
            found = std::isfinite(next_value) && next_value <= value + sufficient * length * slope;
        }
        if (!found) break;
        const Eigen::VectorXd moved = next - at, turned = next_gradient - gradient;
        const double gained = value - next_value, curvature = moved.dot(turned);
        at = next;
        value = next_value;
        gradient = next_gradient;
        if (gained < flat) break;
        if (curvature <= 0) continue; // the update would not stay positive definite
        const Eigen::MatrixXd left = Eigen::MatrixXd::Identity(n, n) - moved * turned.transpose() / curvature;
        inverse = left * inverse * left.transpose() + moved * moved.transpose() / curvature;
    }
    return {at, value};
}

} // namespace caviar::search
