#include "host/data/scaling.h"

#include "caviar/error.h"

#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <limits>

namespace caviar::data {
namespace {

constexpr int32_t most_pca_features = 4096; // the eigenvectors of more take minutes and gigabytes

float clip(double value) {
    constexpr double most = std::numeric_limits<float>::max();
    return static_cast<float>(std::clamp(value, -most, most));
}

void standardize(const Preprocessing& p, Matrix& m) {
    for (int64_t r = 0; r < m.rows; ++r) {
        float* row = m.values.data() + r * m.columns;
        for (int32_t c = 0; c < m.columns; ++c) {
            const auto k = static_cast<size_t>(c);
            row[c] = clip((static_cast<double>(row[c]) - p.mean[k]) / p.scale[k]);
        }
    }
}

/// z = (x - mean) * components. Every z is summed over the features in their order, whatever the other rows are; four features
/// at a time only save loads and stores of z.
Matrix project(const Preprocessing& p, const Matrix& m, int32_t inputs) {
    const auto features = static_cast<size_t>(m.columns), kept = static_cast<size_t>(p.kept), wanted = static_cast<size_t>(inputs);
    Matrix result{m.rows, inputs, std::vector<float>(static_cast<size_t>(m.rows) * wanted)};
    std::vector<float> x(features);
    for (int64_t r = 0; r < m.rows; ++r) {
        const float* row = m.row(r);
        for (size_t f = 0; f < features; ++f) x[f] = clip(static_cast<double>(row[f]) - p.mean[f]);
        float* z = result.values.data() + static_cast<size_t>(r) * wanted;
        size_t f = 0;
        for (; f + 4 <= features; f += 4) {
            const float* c = p.components.data() + f * kept;
            const float x0 = x[f], x1 = x[f + 1], x2 = x[f + 2], x3 = x[f + 3];
            for (size_t k = 0; k < wanted; ++k)
                z[k] = (((z[k] + x0 * c[k]) + x1 * c[kept + k]) + x2 * c[2 * kept + k]) + x3 * c[3 * kept + k];
        }
        for (; f < features; ++f)
            for (size_t k = 0; k < wanted; ++k) z[k] += x[f] * p.components[f * kept + k];
    }
    return result;
}

bool all_pixels(const Matrix& m) {
    return std::all_of(m.values.begin(), m.values.end(), [](float x) { return x >= 0 && x <= 255 && x == std::trunc(x); });
}

/// Of the features, each times its factor.
Eigen::MatrixXd covariance(const Preprocessing& p, const Matrix& train, const Eigen::VectorXd& factor) {
    constexpr int64_t rows_at_once = 256;
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(train.columns, train.columns);
    Eigen::MatrixXd block(train.columns, rows_at_once); // a row of the data is a column here
    for (int64_t first = 0; first < train.rows; first += rows_at_once) {
        const int64_t count = std::min(rows_at_once, train.rows - first);
        for (int64_t r = 0; r < count; ++r)
            for (int32_t c = 0; c < train.columns; ++c)
                block(c, r) = (static_cast<double>(train.row(first + r)[c]) - p.mean[static_cast<size_t>(c)]) * factor[c];
        sum.selfadjointView<Eigen::Lower>().rankUpdate(block.leftCols(count));
    }
    return sum / static_cast<double>(train.rows);
}

} // namespace

void fit_moments(Preprocessing& p, const Matrix& train) {
    const auto features = static_cast<size_t>(train.columns);
    std::vector<double> mean(features), squares(features);
    std::vector<float> low(train.row(0), train.row(0) + features), high = low;
    for (int64_t r = 0; r < train.rows; ++r)
        for (size_t c = 0; c < features; ++c) {
            const float x = train.row(r)[c];
            mean[c] += x;
            low[c] = std::min(low[c], x);
            high[c] = std::max(high[c], x);
        }
    for (double& sum : mean) sum /= static_cast<double>(train.rows);
    for (int64_t r = 0; r < train.rows; ++r)
        for (size_t c = 0; c < features; ++c) {
            const double deviation = train.row(r)[c] - mean[c];
            squares[c] += deviation * deviation;
        }
    p.mean.resize(features);
    p.scale.resize(features);
    for (size_t c = 0; c < features; ++c) {
        // A constant's computed mean may be off by a rounding; dividing by that rounding would blow it up.
        const bool constant = low[c] == high[c];
        p.mean[c] = constant ? low[c] : static_cast<float>(mean[c]);
        p.scale[c] = constant ? 1 : clip(std::sqrt(squares[c] / static_cast<double>(train.rows)));
        if (!(p.scale[c] >= std::numeric_limits<float>::min())) p.scale[c] = 1;
    }
}

std::vector<double> fit_components(Preprocessing& p, const Matrix& train) {
    const Eigen::Index features = train.columns;
    if (features > most_pca_features)
        throw UsageError("scaling=pca takes at most " + std::to_string(most_pca_features) + " features; this table has " +
                         std::to_string(features) + ". Use standardize, or drop columns");
    Eigen::VectorXd factor = Eigen::VectorXd::Ones(features);
    if (!all_pixels(train))
        for (Eigen::Index f = 0; f < features; ++f) factor[f] = 1 / static_cast<double>(p.scale[static_cast<size_t>(f)]);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance(p, train, factor));
    if (solver.info() != Eigen::Success) throw DataError("scaling=pca: the principal components do not converge on these features");
    const Eigen::VectorXd& variances = solver.eigenvalues(); // ascending
    const double largest = variances[features - 1], total = variances.cwiseMax(0).sum();
    if (!(largest > 0)) throw DataError("scaling=pca: no feature varies over the training rows");

    p.kept = 0;
    while (p.kept < features && variances[features - 1 - p.kept] > 1e-8 * largest) ++p.kept;
    p.components.assign(static_cast<size_t>(features * p.kept), 0);
    std::vector<double> cumulative;
    double sum = 0;
    for (int32_t k = 0; k < p.kept; ++k) {
        const Eigen::Index column = features - 1 - k;
        const Eigen::VectorXd vector = solver.eigenvectors().col(column);
        Eigen::Index at = 0;
        vector.cwiseAbs().maxCoeff(&at);
        // An eigenvector's sign is free: its largest entry is made positive.
        const double whiten = (vector[at] < 0 ? -1 : 1) / std::sqrt(variances[column]);
        for (Eigen::Index f = 0; f < features; ++f)
            p.components[static_cast<size_t>(f * p.kept + k)] = clip(vector[f] * factor[f] * whiten);
        cumulative.push_back((sum += variances[column]) / total);
    }
    return cumulative;
}

Matrix transform(const Preprocessing& p, Matrix features, Scaling scaling, int32_t inputs) {
    if (scaling == Scaling::pca) {
        if (p.kept == 0) throw UsageError("scaling=pca was not prepared for this data");
        return project(p, features, inputs > 0 ? std::min(inputs, p.kept) : p.kept);
    }
    if (scaling == Scaling::standardize) standardize(p, features);
    return features;
}

} // namespace caviar::data
