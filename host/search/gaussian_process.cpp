#include "host/search/gaussian_process.h"

#include "host/search/minimise.h"

#include <Eigen/Cholesky>

#include <cmath>
#include <limits>
#include <numbers>

namespace caviar::search {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Unordered = Eigen::Array<bool, Eigen::Dynamic, 1>;
using Shape = GaussianProcess::Shape;

const double root5 = std::sqrt(5.0);
constexpr double least_noise = 1e-8;  // of the process's variance: what keeps the factorisation sound
constexpr double prior_noise = 1e-4, noise_spread = 2.5; // log-normal
const double length_spread = std::sqrt(3.0);
constexpr double widest = 25;         // of the logarithms: beyond it nothing changes but rounding
constexpr int steps = 40;

/// The squared difference of two coordinates.
double gap(double a, double b, bool unordered) { return unordered ? (a != b) : (a - b) * (a - b); }

/// Squared distances in lengths, between the columns of two matrices.
MatrixXd squared_distances(const MatrixXd& a, const MatrixXd& b, const Unordered& unordered, const VectorXd& log_lengths) {
    MatrixXd sum = MatrixXd::Zero(a.cols(), b.cols());
    for (Index axis = 0; axis < a.rows(); ++axis) {
        const double scale = std::exp(-2 * log_lengths[axis]);
        for (Index j = 0; j < b.cols(); ++j)
            for (Index i = 0; i < a.cols(); ++i) sum(i, j) += scale * gap(a(axis, i), b(axis, j), unordered[axis]);
    }
    return sum;
}

double matern(double squared) {
    const double r = std::sqrt(squared);
    return (1 + root5 * r + 5.0 / 3 * squared) * std::exp(-root5 * r);
}

/// Its derivative by the logarithm of an axis's length, over that axis's share of the squared distance.
double matern_slope(double squared) {
    const double r = std::sqrt(squared);
    return 5.0 / 3 * (1 + root5 * r) * std::exp(-root5 * r);
}

MatrixXd correlations(const MatrixXd& points, const Unordered& unordered, const Shape& shape) {
    MatrixXd k = squared_distances(points, points, unordered, shape.log_lengths).unaryExpr(&matern);
    k.diagonal().array() += std::exp(shape.log_noise) + least_noise;
    return k;
}

struct Profile {
    double mean, variance;
    VectorXd weights; ///< K^-1 (values - mean)
};

/// Mean and variance of greatest likelihood under a factored correlation matrix.
Profile profile(const Eigen::LLT<MatrixXd>& factored, const VectorXd& values) {
    const VectorXd ones = VectorXd::Ones(values.size());
    const VectorXd solved = factored.solve(values), of_ones = factored.solve(ones);
    const double mean = ones.dot(solved) / ones.dot(of_ones);
    const VectorXd weights = solved - mean * of_ones;
    // all values equal: anything above nothing
    const double variance = std::max(weights.dot(values - mean * ones) / static_cast<double>(values.size()), 1e-12);
    return {mean, variance, weights};
}

} // namespace

double minus_log_posterior(const MatrixXd& points, const VectorXd& values, const Unordered& unordered, const VectorXd& at, VectorXd& gradient) {
    const Index d = points.rows(), n = points.cols();
    const Shape shape{at.head(d), at[d]};
    gradient.setZero(d + 1);
    if (!(at.cwiseAbs().maxCoeff() < widest)) return std::numeric_limits<double>::infinity();
    const MatrixXd squared = squared_distances(points, points, unordered, shape.log_lengths);
    MatrixXd k = squared.unaryExpr(&matern);
    k.diagonal().array() += std::exp(shape.log_noise) + least_noise;
    const Eigen::LLT<MatrixXd> factored(k);
    if (factored.info() != Eigen::Success) return std::numeric_limits<double>::infinity();
    const Profile p = profile(factored, values);
    const double log_determinant = 2 * factored.matrixLLT().diagonal().array().log().sum();
    double value = 0.5 * (static_cast<double>(n) * std::log(p.variance) + log_determinant);

    // Half of tr(K^-1 dK) - w' dK w / variance (Rasmussen and Williams 2006, equation 5.9); mean and variance are at their best, so
    // that a change of theirs adds nothing.
    MatrixXd inner = factored.solve(MatrixXd::Identity(n, n));
    inner -= p.weights * p.weights.transpose() / p.variance;
    gradient[d] = 0.5 * std::exp(shape.log_noise) * inner.trace();
    inner.array() *= squared.unaryExpr(&matern_slope).array();
    for (Index axis = 0; axis < d; ++axis) {
        double sum = 0; // over one triangle: the half of both
        for (Index j = 0; j < n; ++j)
            for (Index i = j + 1; i < n; ++i) sum += inner(i, j) * gap(points(axis, i), points(axis, j), unordered[axis]);
        gradient[axis] = std::exp(-2 * shape.log_lengths[axis]) * sum;
    }

    const auto prior = [&](Index i, double centre, double spread) {
        const double z = (at[i] - centre) / spread;
        value += 0.5 * z * z;
        gradient[i] += z / spread;
    };
    for (Index axis = 0; axis < d; ++axis) prior(axis, std::numbers::sqrt2 + 0.5 * std::log(static_cast<double>(d)), length_spread);
    prior(d, std::log(prior_noise), noise_spread);
    return value;
}

Shape GaussianProcess::fit(const MatrixXd& points, const VectorXd& values, const Unordered& unordered) {
    const Index d = points.rows();
    const Smooth posterior = [&](const VectorXd& at, VectorXd& gradient) { return minus_log_posterior(points, values, unordered, at, gradient); };
    Minimum best{VectorXd::Zero(d + 1), std::numeric_limits<double>::infinity()};
    // Two starts: a smooth function without noise, a rough one with some.
    for (const auto& [length, noise] : {std::pair{0.5, 1e-5}, std::pair{0.2, 1e-2}}) {
        VectorXd start = VectorXd::Constant(d + 1, std::log(length));
        start[d] = std::log(noise);
        const Minimum found = minimise(posterior, start, steps);
        if (found.value < best.value || !std::isfinite(best.value)) best = found;
    }
    return {best.at.head(d), best.at[d]};
}

GaussianProcess::GaussianProcess(MatrixXd points, VectorXd values, Unordered unordered, const Shape& shape)
    : points_(std::move(points)), unordered_(std::move(unordered)), shape_(shape) {
    Eigen::LLT<MatrixXd> factored(correlations(points_, unordered_, shape_));
    // Points that all but coincide may leave nothing of a pivot; a little more noise mends it.
    while (factored.info() != Eigen::Success) {
        shape_.log_noise = std::log(10 * (std::exp(shape_.log_noise) + least_noise));
        factored.compute(correlations(points_, unordered_, shape_));
    }
    const Profile p = profile(factored, values);
    mean_ = p.mean;
    variance_ = p.variance;
    weights_ = p.weights;
    factor_ = factored.matrixL();
}

GaussianProcess::Prediction GaussianProcess::predict(const MatrixXd& points) const {
    MatrixXd cross = squared_distances(points_, points, unordered_, shape_.log_lengths).unaryExpr(&matern);
    Prediction result;
    result.mean = (cross.transpose() * weights_).array() + mean_;
    factor_.triangularView<Eigen::Lower>().solveInPlace(cross);
    result.deviation = (variance_ * (1 - cross.colwise().squaredNorm().array()).max(1e-12)).sqrt().transpose();
    return result;
}

void GaussianProcess::believe(const VectorXd& point) {
    const Index n = points_.cols();
    VectorXd row = squared_distances(points_, point, unordered_, shape_.log_lengths).unaryExpr(&matern);
    factor_.triangularView<Eigen::Lower>().solveInPlace(row);
    const double noise = std::exp(shape_.log_noise) + least_noise;
    factor_.conservativeResize(n + 1, n + 1);
    factor_.row(n).head(n) = row;
    factor_.col(n).setZero();
    factor_(n, n) = std::sqrt(std::max(1 + noise - row.squaredNorm(), noise));
    points_.conservativeResize(points_.rows(), n + 1);
    points_.col(n) = point;
    // What is observed is what was expected, so it weighs nothing.
    weights_.conservativeResize(n + 1);
    weights_[n] = 0;
}

} // namespace caviar::search
