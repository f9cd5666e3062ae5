#pragma once
/// A Gaussian process over points that have been turned into plain numbers.

#include <Eigen/Core>

namespace caviar::search {

/// A process with a constant mean, the Matern 5/2 kernel with a length for each axis (Rasmussen and Williams 2006, "Gaussian
/// Processes for Machine Learning", equation 4.17 and section 5.1) and Gaussian noise. On an axis that is unordered two points are at
/// distance 0 or 1, whether they differ or not (Hamming's distance), which keeps the kernel positive definite: it is that of corners of a simplex.
class GaussianProcess {
public:
    struct Shape {
        Eigen::VectorXd log_lengths; ///< one an axis
        double log_noise = 0;        ///< the noise's variance as a share of the process's
    };

    /// `points`: one column a point. The shape is the most probable one under the data (`fit`); mean and variance follow from it in closed form.
    GaussianProcess(Eigen::MatrixXd points, Eigen::VectorXd values, Eigen::Array<bool, Eigen::Dynamic, 1> unordered, const Shape&);

    /// The shape of greatest posterior density: marginal likelihood with mean and variance maximised out (Jones, Schonlau and Welch
    /// 1998, "Efficient global optimization of expensive black-box functions", equations 4 to 6) times a prior that keeps axes of little effect long
    /// (lengths log-normal as in Hvarfner, Hellsten and Nardi 2024, "Vanilla Bayesian optimization performs great in high dimensions") and
    /// the noise small where the data do not speak.
    static Shape fit(const Eigen::MatrixXd& points, const Eigen::VectorXd& values, const Eigen::Array<bool, Eigen::Dynamic, 1>& unordered);

    struct Prediction {
        Eigen::VectorXd mean, deviation; ///< of the process itself, without noise
    };
    Prediction predict(const Eigen::MatrixXd& points) const;

    /// Takes the mean at a point as if it had been observed there (the kriging believer of Ginsbourger, Le Riche and Carraro 2010, "Kriging is
    /// well-suited to parallelize optimization"): the mean stays, the doubt near it goes.
    void believe(const Eigen::VectorXd& point);

    const Shape& shape() const { return shape_; }

private:
    Eigen::MatrixXd points_;
    Eigen::Array<bool, Eigen::Dynamic, 1> unordered_;
    Shape shape_;
    double mean_ = 0, variance_ = 1;
    Eigen::MatrixXd factor_; ///< lower triangle, of the correlations with the noise
    Eigen::VectorXd weights_;
};

/// What `fit` minimises, but for a constant, and its gradient; `at`: the log lengths, then the log noise. Infinite where the
/// kernel cannot be factored.
double minus_log_posterior(const Eigen::MatrixXd& points, const Eigen::VectorXd& values,
                           const Eigen::Array<bool, Eigen::Dynamic, 1>& unordered, const Eigen::VectorXd& at, Eigen::VectorXd& gradient);

} // namespace caviar::search
