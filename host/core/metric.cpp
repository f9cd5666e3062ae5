#include "caviar/metric.h"

#include "caviar/error.h"
#include "host/core/metric_detail.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace caviar {
namespace {

constexpr double least_probability = 1e-15;
const double worst_log = -std::log(least_probability);

/// What the net said, one row at a time.
struct Predictions {
    Loss loss;
    std::span<const float> values;
    size_t width, rows;

    std::span<const float> row(size_t r) const { return values.subspan(r * width, width); }
    bool classes() const { return loss != Loss::mean_squared_error; }
    int32_t class_count() const { return loss == Loss::binary_cross_entropy ? 2 : static_cast<int32_t>(width); }
    int32_t predicted(size_t r) const {
        const auto z = row(r);
        if (loss == Loss::binary_cross_entropy) return z[0] > 0;
        return static_cast<int32_t>(std::max_element(z.begin(), z.end()) - z.begin());
    }
};

Predictions view(Loss loss, std::span<const float> outputs, int32_t width, std::span<const float> targets) {
    if (width < 1 || (loss == Loss::binary_cross_entropy && width != 1))
        throw UsageError(to_string(loss) + " does not fit a net of " + std::to_string(width) + " outputs");
    const auto w = static_cast<size_t>(width);
    const size_t expected = loss == Loss::mean_squared_error ? outputs.size() : outputs.size() / w;
    if (outputs.empty() || outputs.size() % w != 0 || targets.size() != expected)
        throw UsageError("cannot measure " + std::to_string(outputs.size()) + " outputs, " + std::to_string(width) +
                         " a row, against " + std::to_string(targets.size()) + " targets");
    return {loss, outputs, w, outputs.size() / w};
}

/// log of the sum of exp(z), without overflow.
double log_sum_exp(std::span<const float> z) {
    const double peak = *std::max_element(z.begin(), z.end());
    if (!std::isfinite(peak)) return peak;
    double sum = 0;
    for (const float v : z) sum += std::exp(v - peak);
    return peak + std::log(sum);
}

/// log(1 + e^z), without overflow.
double softplus(double z) { return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))); }

/// -log of the probability given to the true class.
double surprise(const Predictions& p, size_t r, float target) {
    const auto z = p.row(r);
    if (p.loss == Loss::binary_cross_entropy) return softplus(target > 0.5f ? -double{z[0]} : double{z[0]});
    const auto truth = static_cast<int64_t>(target);
    if (truth < 0 || truth >= static_cast<int64_t>(p.width)) return worst_log; // a class the net has no output for
    return log_sum_exp(z) - z[static_cast<size_t>(truth)];
}

double accuracy(const Predictions& p, std::span<const float> targets) {
    int64_t right = 0;
    for (size_t r = 0; r < p.rows; ++r) right += p.predicted(r) == static_cast<int32_t>(targets[r]);
    return static_cast<double>(right) / static_cast<double>(p.rows);
}

double log_loss(const Predictions& p, std::span<const float> targets) {
    double sum = 0;
    for (size_t r = 0; r < p.rows; ++r) sum += std::min(surprise(p, r, targets[r]), worst_log);
    return sum / static_cast<double>(p.rows);
}

/// One class against the rest, ranked by the log of its probability (which does not underflow into ties).
double class_auc(const Predictions& p, std::span<const float> targets, std::span<const double> normaliser, size_t cls) {
    std::vector<double> scores(p.rows);
    std::vector<bool> positive(p.rows);
    for (size_t r = 0; r < p.rows; ++r) {
        scores[r] = p.row(r)[p.width == 1 ? 0 : cls] - normaliser[r];
        positive[r] = static_cast<int64_t>(targets[r]) == static_cast<int64_t>(cls);
    }
    return core::auc(scores, positive);
}

double auc_of(const Predictions& p, std::span<const float> targets) {
    std::vector<double> normaliser(p.rows, 0.0);
    if (p.width == 1) return class_auc(p, targets, normaliser, 1);
    for (size_t r = 0; r < p.rows; ++r) normaliser[r] = log_sum_exp(p.row(r));
    if (p.width == 2) return class_auc(p, targets, normaliser, 1);

    std::vector<bool> present(p.width, false);
    for (const float t : targets)
        if (t >= 0 && static_cast<size_t>(t) < p.width) present[static_cast<size_t>(t)] = true;
    if (std::count(present.begin(), present.end(), true) < 2) return 0.5;
    double sum = 0, classes = 0;
    for (size_t c = 0; c < p.width; ++c)
        if (present[c]) sum += class_auc(p, targets, normaliser, c), ++classes;
    return sum / classes;
}

double f1_of(const Predictions& p, std::span<const float> targets) {
    core::ConfusionCounts counts(p.class_count());
    for (size_t r = 0; r < p.rows; ++r) counts.add(static_cast<int32_t>(targets[r]), p.predicted(r));
    return p.class_count() == 2 ? counts.f1(1) : counts.macro_f1();
}

/// The three of regression, for any prediction of target i.
template <class Prediction>
double regression(Metric metric, std::span<const float> targets, double scale, Prediction&& predict) {
    double squares = 0, absolute = 0, mean = 0, spread = 0;
    const auto n = static_cast<double>(targets.size());
    for (size_t i = 0; i < targets.size(); ++i) {
        const double error = predict(i) - targets[i];
        squares += error * error;
        absolute += std::abs(error);
        mean += targets[i];
    }
    if (metric == Metric::rmse) return scale * std::sqrt(squares / n);
    if (metric == Metric::mae) return scale * (absolute / n);
    mean /= n;
    for (const float t : targets) spread += (t - mean) * (t - mean);
    if (spread == 0) return squares == 0 ? 1.0 : 0.0;
    return 1 - squares / spread;
}

bool for_classes(Metric m) { return m == Metric::accuracy || m == Metric::log_loss || m == Metric::auc || m == Metric::f1; }

} // namespace

bool higher_is_better(Metric m) { return m != Metric::log_loss && m != Metric::rmse && m != Metric::mae; }

Metric default_metric(Task task) { return task == Task::regression ? Metric::rmse : Metric::accuracy; }

bool fits(Metric m, Task task) { return for_classes(m) == (task != Task::regression); }

double evaluate(Metric metric, Loss loss, std::span<const float> outputs, int32_t width, std::span<const float> targets,
                double target_scale) {
    if (for_classes(metric) != (loss != Loss::mean_squared_error))
        throw UsageError("the metric " + to_string(metric) + " does not fit the loss " + to_string(loss));
    const Predictions p = view(loss, outputs, width, targets);
    if (std::any_of(outputs.begin(), outputs.end(), [](float v) { return !std::isfinite(v); }))
        return std::numeric_limits<double>::quiet_NaN();
    switch (metric) {
    case Metric::accuracy: return accuracy(p, targets);
    case Metric::log_loss: return log_loss(p, targets);
    case Metric::auc: return auc_of(p, targets);
    case Metric::f1: return f1_of(p, targets);
    default: return regression(metric, targets, target_scale, [&](size_t i) { return double{outputs[i]}; });
    }
}

double mean_loss(Loss loss, std::span<const float> outputs, int32_t width, std::span<const float> targets) {
    const Predictions p = view(loss, outputs, width, targets);
    double sum = 0;
    if (loss == Loss::mean_squared_error) {
        for (size_t i = 0; i < outputs.size(); ++i) {
            const double error = double{outputs[i]} - targets[i];
            sum += error * error;
        }
        return sum / static_cast<double>(outputs.size());
    }
    for (size_t r = 0; r < p.rows; ++r) sum += surprise(p, r, targets[r]);
    return sum / static_cast<double>(p.rows);
}

double trivial_baseline(Metric metric, std::span<const float> train_targets, std::span<const float> targets, int32_t classes,
                        double target_scale) {
    if (train_targets.empty() || targets.empty()) throw UsageError("no targets to measure the trivial model on");
    if (for_classes(metric) != (classes > 0))
        throw UsageError("the metric " + to_string(metric) + " does not fit " + (classes > 0 ? "classification" : "regression"));
    if (classes == 0) {
        double mean = 0;
        for (const float t : train_targets) mean += t;
        mean /= static_cast<double>(train_targets.size());
        return regression(metric, targets, target_scale, [&](size_t) { return mean; });
    }
    std::vector<double> count(static_cast<size_t>(std::max(classes, 2)), 0.0);
    for (const float t : train_targets)
        if (t >= 0 && static_cast<size_t>(t) < count.size()) ++count[static_cast<size_t>(t)];
    const auto commonest = static_cast<int32_t>(std::max_element(count.begin(), count.end()) - count.begin());
    const auto share = [&](float t) {
        return t >= 0 && static_cast<size_t>(t) < count.size() ? count[static_cast<size_t>(t)] / static_cast<double>(train_targets.size()) : 0;
    };
    core::ConfusionCounts counts(static_cast<int32_t>(count.size()));
    int64_t right = 0;
    double surprises = 0;
    for (const float t : targets) {
        right += static_cast<int32_t>(t) == commonest;
        surprises += std::min(-std::log(share(t)), worst_log);
        counts.add(static_cast<int32_t>(t), commonest);
    }
    const auto n = static_cast<double>(targets.size());
    switch (metric) {
    case Metric::accuracy: return static_cast<double>(right) / n;
    case Metric::log_loss: return surprises / n;
    case Metric::auc: return 0.5;
    default: return count.size() == 2 ? counts.f1(1) : counts.macro_f1();
    }
}

} // namespace caviar
