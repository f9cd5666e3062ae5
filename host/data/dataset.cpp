#include "caviar/dataset.h"

#include "caviar/error.h"

#include <algorithm>

namespace caviar {

int64_t Dataset::rows(Part part) const { return static_cast<int64_t>(targets(part).size()); }

const std::vector<float>& Dataset::targets(Part part) const {
    return part == Part::train ? train_targets : part == Part::valid ? valid_targets : test_targets;
}

const FeatureSet& Dataset::with(Scaling scaling) const {
    for (const FeatureSet& set : features)
        if (set.scaling == scaling) return set;
    std::string prepared;
    for (const FeatureSet& set : features) prepared += (prepared.empty() ? "" : ", ") + to_string(set.scaling);
    throw UsageError("scaling=" + to_string(scaling) + " was not prepared for " + name + "; there is " + prepared);
}

int32_t Dataset::inputs(const Hyperparameters& h) const {
    const FeatureSet& set = with(h.scaling);
    if (h.scaling != Scaling::pca || h.variance_kept >= 1) return set.train.columns;
    const auto enough = std::lower_bound(set.cumulative_variance.begin(), set.cumulative_variance.end(), static_cast<double>(h.variance_kept));
    return std::min(set.train.columns, static_cast<int32_t>(enough - set.cumulative_variance.begin()) + 1);
}

int32_t Dataset::outputs(Loss loss) const { return loss == Loss::softmax_cross_entropy ? static_cast<int32_t>(classes.size()) : 1; }

Loss default_loss(Task task) {
    switch (task) {
    case Task::regression: return Loss::mean_squared_error;
    case Task::binary: return Loss::binary_cross_entropy;
    case Task::multiclass: break;
    }
    return Loss::softmax_cross_entropy;
}

bool fits(Loss loss, Task task) {
    switch (loss) {
    case Loss::mean_squared_error: return task == Task::regression;
    case Loss::binary_cross_entropy: return task == Task::binary;
    case Loss::softmax_cross_entropy: break;
    }
    return task != Task::regression;
}

} // namespace caviar
