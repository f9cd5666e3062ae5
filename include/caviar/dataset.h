#pragma once
/// Data as an engine sees it: float32 matrices, split in three, under every scaling that trials may ask for.

#include "caviar/hyperparameters.h"
#include "caviar/metric.h"

#include <cstdint>
#include <string>
#include <vector>

namespace caviar {

enum class Part : uint8_t { train, valid, test };

/// rows x columns floats, row-major, no padding. Owns its values.
struct Matrix {
    int64_t rows = 0;
    int32_t columns = 0;
    std::vector<float> values;
    const float* row(int64_t r) const { return values.data() + r * columns; }
};

/// The three parts under one scaling. Under `pca` columns are whitened components, the largest variance first.
struct FeatureSet {
    Scaling scaling = Scaling::standardize;
    Matrix train, valid, test;
    std::vector<double> cumulative_variance; ///< pca: share of the variance kept by the first k+1 components
    const Matrix& part(Part p) const { return p == Part::train ? train : p == Part::valid ? valid : test; }
};

/// Owns everything; immutable once built; engines keep a reference and never a copy on the host.
struct Dataset {
    std::string name;
    Task task = Task::multiclass;
    std::vector<std::string> classes;      ///< labels in order of their index; empty for regression
    double target_mean = 0, target_scale = 1; ///< regression: target = mean + scale * standardised
    std::vector<FeatureSet> features;      ///< one for each scaling in use; at least one
    std::vector<float> train_targets, valid_targets, test_targets; ///< class index, or the standardised value
    std::string fingerprint;               ///< hex of a hash over all of the above but the name; equal data, equal text

    int64_t rows(Part) const;
    const std::vector<float>& targets(Part) const;
    /// Throws UsageError where this scaling was not prepared.
    const FeatureSet& with(Scaling) const;
    /// How many input columns a trial sees: all of them, or the components that keep its variance.
    int32_t inputs(const Hyperparameters&) const;
    /// Net outputs under a loss: the number of classes, or 1.
    int32_t outputs(Loss) const;
};

/// The loss that fits a task by default: softmax for multiclass, binary cross-entropy, mean squared error.
Loss default_loss(Task);
/// May nets for this task be trained with this loss?
bool fits(Loss, Task);

} // namespace caviar
