#include "host/core/population_rules.h"

#include "caviar/mlp/optimizer.h"

#include <cmath>
#include <limits>

namespace caviar {
namespace {

/// The first thing that differs and may not, by name; nullptr: none.
const char* fixed_difference(const Hyperparameters& a, const Hyperparameters& b) {
    if (a.hidden != b.hidden) return "units";
    if (a.activation != b.activation) return "activation";
    if (a.init != b.init) return "init";
    if (a.init_scale != b.init_scale) return "init_scale";
    if (a.zero_output != b.zero_output) return "zero_output";
    if (a.scaling != b.scaling) return "scaling";
    if (a.variance_kept != b.variance_kept) return "variance_kept";
    if (a.seed != b.seed) return "seed";
    return nullptr;
}

} // namespace

void check_settings(const Hyperparameters& h) {
    Hyperparameters seedless = h;
    seedless.seed = 0;
    check(seedless);
}

void check_adjustable(TrialId id, const Hyperparameters& from, const Hyperparameters& to) {
    if (const char* name = fixed_difference(from, to))
        throw UsageError("trial " + std::to_string(id) + ": " + name +
                         " cannot change once a trial is admitted; start a new trial for another net, data or seed");
}

bool same_state(Optimizer a, Optimizer b) {
    const mlp::StateUse x = mlp::state_use(a), y = mlp::state_use(b);
    return x.first == y.first && x.second == y.second;
}

void check_initial(TrialId id, const std::vector<int32_t>& widths, const Weights* initial) {
    if (!initial || initial->widths == widths) return;
    const auto text = [](const std::vector<int32_t>& list) {
        std::string shape;
        for (const int32_t w : list) shape += (shape.empty() ? "" : "-") + std::to_string(w);
        return shape;
    };
    throw UsageError("trial " + std::to_string(id) + " has a net " + text(widths) + ", and the weights that all are to start from are of a net " +
                     text(initial->widths));
}

void fail_to_clone(TrialId from, TrialId to) {
    throw UsageError("trials " + std::to_string(from) + " and " + std::to_string(to) +
                     " have nets of different shape or activation: one cannot be cloned into the other");
}

void check_net(const Weights& weights, const Matrix& matrix) {
    const std::vector<int32_t>& widths = weights.widths;
    if (widths.size() < 2) throw UsageError("a net needs at least two widths, inputs and outputs");
    for (int32_t w : widths)
        if (w < 1) throw UsageError("a net's layer of width " + std::to_string(w) + ": every width must be at least 1");
    if (static_cast<int64_t>(weights.values.size()) != weight_count(widths))
        throw UsageError("a net with " + std::to_string(weights.values.size()) + " weights where its widths ask for " +
                         std::to_string(weight_count(widths)));
    if (matrix.rows > 0 && matrix.columns < widths[0])
        throw UsageError("a matrix of " + std::to_string(matrix.columns) + " columns for a net of " + std::to_string(widths[0]) + " inputs");
}

bool better_epoch(Metric metric, const EpochLosses& now, const EpochLosses& best) {
    const auto badness = [metric](float value) {
        if (std::isnan(value)) return std::numeric_limits<float>::infinity();
        return higher_is_better(metric) ? -value : value;
    };
    const float a = badness(now.valid_metric), b = badness(best.valid_metric);
    return a < b || (a == b && now.valid_loss < best.valid_loss);
}

} // namespace caviar
