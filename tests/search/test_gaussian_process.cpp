// The Gaussian process of gp, and what is made of it.

#include "support.h"

#include "host/search/bell.h"
#include "host/search/expected_improvement.h"
#include "host/search/gaussian_process.h"
#include "host/search/minimise.h"
#include "host/search/stream.h"
#include "host/search/targets.h"

#include <limits>

namespace caviar {
namespace {

using namespace testing_search;
using search::bell;
using namespace search;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Unordered = Eigen::Array<bool, Eigen::Dynamic, 1>;

/// Points of the square and a choice of three, and a smooth function of them.
struct Sample {
    MatrixXd points;
    VectorXd values;
    Unordered unordered = Unordered::Constant(3, false);

    explicit Sample(Index n, double noise = 0) : points(3, n), values(n) {
        unordered[2] = true;
        for (Index i = 0; i < n; ++i) {
            Stream stream(7, static_cast<uint64_t>(i));
            points.col(i) << stream.uniform(), stream.uniform(), static_cast<double>(stream.below(3));
            values[i] = std::sin(5 * points(0, i)) + points(1, i) * points(1, i) + 0.5 * points(2, i) + noise * bell(stream.uniform());
        }
    }
};

TEST(GaussianProcess, TheGradientOfThePosteriorIsThatOfFiniteDifferences) {
    const Sample s(25, 0.1);
    for (const double scale : {-1.5, -0.5, 0.5}) {
        VectorXd at(4);
        at << scale, 0.3 + scale, -0.2, -4 + scale;
        VectorXd gradient(4), ignored(4);
        (void)minus_log_posterior(s.points, s.values, s.unordered, at, gradient);
        for (Index i = 0; i < 4; ++i) {
            constexpr double h = 1e-5;
            VectorXd up = at, down = at;
            up[i] += h;
            down[i] -= h;
            const double slope = (minus_log_posterior(s.points, s.values, s.unordered, up, ignored) - minus_log_posterior(s.points, s.values, s.unordered, down, ignored)) / (2 * h);
            // central differences: h^2 of the third derivative, and rounding of values of order 10 to 1e-15 over h
            EXPECT_NEAR(gradient[i], slope, 1e-6 * (1 + std::abs(slope))) << i;
        }
    }
}

TEST(GaussianProcess, PassesThroughWhatHasNoNoiseAndSmoothsWhatHas) {
    const Sample exact(40), noisy(80, 0.3);
    const auto shape = GaussianProcess::fit(exact.points, exact.values, exact.unordered);
    const auto at = GaussianProcess(exact.points, exact.values, exact.unordered, shape).predict(exact.points);
    EXPECT_LT((at.mean - exact.values).cwiseAbs().maxCoeff(), 0.02); // the values range over 3; the prior allows a noise of 0.01
    EXPECT_LT(at.deviation.maxCoeff(), 0.05);

    // Between the points it predicts the function, from noisy ones too: better than the noise itself.
    const Sample fresh(200);
    const auto error = [&](const Sample& seen, Index from) {
        const auto p = GaussianProcess(seen.points, seen.values, seen.unordered, GaussianProcess::fit(seen.points, seen.values, seen.unordered)).predict(fresh.points);
        return std::sqrt((p.mean - fresh.values).tail(200 - from).squaredNorm() / static_cast<double>(200 - from));
    };
    EXPECT_LT(error(exact, 40), 0.1);
    EXPECT_LT(error(noisy, 80), 0.3 * 2 / 3); // 27 noisy points for each choice, of a function with a few degrees of freedom
}

TEST(GaussianProcess, KeepsAnAxisWithoutEffectLong) {
    Sample s(60);
    for (Index i = 0; i < 60; ++i) s.values[i] = std::sin(5 * s.points(0, i));
    const auto shape = GaussianProcess::fit(s.points, s.values, s.unordered);
    EXPECT_GT(shape.log_lengths[1], shape.log_lengths[0] + std::log(3.0));
    EXPECT_GT(shape.log_lengths[2], shape.log_lengths[0] + std::log(3.0));
}

TEST(GaussianProcess, BelievingIsObservingTheMean) {
    const Sample s(20);
    const auto shape = GaussianProcess::fit(s.points, s.values, s.unordered);
    const GaussianProcess before(s.points, s.values, s.unordered, shape);
    GaussianProcess after = before;
    const MatrixXd fresh = Sample(60).points.rightCols(40);
    const VectorXd point = fresh.col(0);
    after.believe(point);

    // The same as one that was given the point; but for the variance, which is fitted anew there.
    MatrixXd points(3, 21);
    points << s.points, point;
    VectorXd values(21);
    values << s.values, before.predict(point).mean[0];
    const auto direct = GaussianProcess(points, values, s.unordered, shape).predict(fresh), believed = after.predict(fresh), was = before.predict(fresh);
    const double ratio = direct.deviation[1] / believed.deviation[1];
    for (Index i = 0; i < 40; ++i) {
        EXPECT_NEAR(believed.mean[i], was.mean[i], 1e-9);
        EXPECT_NEAR(direct.mean[i], was.mean[i], 1e-6); // two solutions of an ill-conditioned system
        EXPECT_LE(believed.deviation[i], was.deviation[i] + 1e-9);
        EXPECT_NEAR(direct.deviation[i], ratio * believed.deviation[i], 1e-4 * ratio);
    }
    EXPECT_LT(believed.deviation[0], was.deviation[0] / 5) << "what is left is the noise";
}

TEST(GaussianProcess, BearsPointsThatCoincideAndValuesThatAreAllAlike) {
    const MatrixXd points = MatrixXd::Constant(2, 30, 0.5);
    const Unordered unordered = Unordered::Constant(2, false);
    for (const VectorXd& values : {VectorXd(VectorXd::Zero(30)), VectorXd(VectorXd::LinSpaced(30, -1, 1))}) {
        const auto p = GaussianProcess(points, values, unordered, GaussianProcess::fit(points, values, unordered)).predict(MatrixXd::Random(2, 5));
        EXPECT_TRUE(p.mean.allFinite());
        EXPECT_TRUE(p.deviation.allFinite());
        EXPECT_GT(p.deviation.minCoeff(), 0);
    }
}

TEST(Minimise, FindsTheBottomOfRosenbrocksValley) {
    const Smooth f = [](const VectorXd& x, VectorXd& gradient) {
        const double a = 1 - x[0], b = x[1] - x[0] * x[0];
        gradient.resize(2);
        gradient << -2 * a - 400 * x[0] * b, 200 * b;
        return a * a + 100 * b * b;
    };
    VectorXd start(2);
    start << -1.2, 1; // Rosenbrock's own start
    const Minimum found = minimise(f, start, 200);
    EXPECT_LT(found.value, 1e-5); // it ends where a step gains less than 1e-6
    EXPECT_LT(minimise(f, start, 3).value, 24.2) << "the value at the start";
}

TEST(ExpectedImprovement, IsTheIntegralThatDefinesIt) {
    for (const double mean : {-2.0, 0.0, 1.5, 4.0}) {
        constexpr int parts = 400000;
        double sum = 0;
        for (int i = 0; i < parts; ++i) { // over 12 deviations to either side
            const double z = -12 + 24 * (i + 0.5) / parts, y = mean + 0.7 * z;
            sum += std::max(0.0, 0.3 - y) * std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi) * 24 / parts;
        }
        EXPECT_NEAR(log_expected_improvement(0.3, mean, 0.7), std::log(sum), 1e-6) << mean; // the midpoint rule at the kink: (24/4e5)^2 / 8 of 1e-4 and more
    }
    // Where the two formulas meet they differ by the term left out, 3/25^2 of the value.
    EXPECT_NEAR(log_expected_improvement(0, 25 - 1e-9, 1), log_expected_improvement(0, 25 + 1e-9, 1), 3.0 / 625 + 1e-6);
    EXPECT_LT(log_expected_improvement(0, 1e6, 1), log_expected_improvement(0, 1e5, 1));
}

TEST(Targets, KeepTheOrderAndBoundTheRest) {
    const auto made = [](const std::vector<double>& scores) {
        History history(square());
        std::vector<Observation> all;
        std::vector<size_t> trials;
        for (const double y : scores) {
            trials.push_back(all.size());
            all.push_back({static_cast<TrialId>(all.size()), 0, {{"weight_decay", 0.5}, {"patience_factor", 0.5}}, {y, 0}});
        }
        history.tell(all);
        return targets(history, trials, 4);
    };
    constexpr double infinity = std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::max();
    const auto y = made({3, 1, 2, 9, 0.5, infinity, std::nan(""), 1e300});
    EXPECT_LT(y[4], y[1]);
    EXPECT_LT(y[1], y[2]);
    EXPECT_LT(y[2], y[0]);
    EXPECT_LT(y[0], y[3]);
    EXPECT_LT(y[3], y[7]);
    EXPECT_EQ(y[5], y[7]); // as bad as can be
    EXPECT_EQ(y[5], y[6]);
    double sum = 0, squares = 0;
    for (const double t : y) sum += t, squares += t * t;
    EXPECT_NEAR(sum, 0, 1e-12);
    EXPECT_NEAR(squares / 8, 1, 1e-12);
    for (const auto& alike : {made({2, 2, 2}), made({infinity, infinity}), made({})})
        for (const double t : alike) EXPECT_EQ(t, 0);
    for (const double t : made({most, -most, 0, 1})) EXPECT_TRUE(std::isfinite(t));
}

} // namespace
} // namespace caviar
