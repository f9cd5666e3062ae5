#pragma once
/// Losses and metrics: names, direction, and their values over a set of predictions.

#include <cstdint>
#include <span>
#include <string>

namespace caviar {

enum class Task : uint8_t { regression, binary, multiclass };

/// What training minimises; always the mean over the batch.
enum class Loss : uint8_t {
    softmax_cross_entropy, ///< one output per class
    binary_cross_entropy,  ///< one output, the logit of class 1
    mean_squared_error     ///< mean over rows and outputs of (y - t)^2, on standardised targets
};

enum class Metric : uint8_t { accuracy, log_loss, auc, f1, rmse, mae, r2 };

std::string to_string(Task);
std::string to_string(Loss);
std::string to_string(Metric);
Task task_from(const std::string&);     ///< throws UsageError with what is allowed, as do the next two
Loss loss_from(const std::string&);
Metric metric_from(const std::string&);

bool higher_is_better(Metric);
/// accuracy for classification, rmse for regression.
Metric default_metric(Task);
bool fits(Metric, Task);

/// Value of `metric` over rows predictions.
/// `outputs`: rows x width raw outputs of the net (logits or values), row-major, under `loss`.
/// `targets`: rows values: the class index as a float, or the (standardised) target value.
/// `target_scale`: rmse and mae are multiplied by it, so that they are in the target's own unit.
/// log_loss is clipped at probabilities of 1e-15. auc: binary by rank with ties at half (Mann-Whitney); multiclass one
/// against the rest, mean over the classes present; 0.5 where only one class is present. f1: binary of class 1; multiclass macro
/// over the classes present or predicted. r2: against the mean of `targets`; where they are all equal 1 if matched, else 0.
/// A tie between classes goes to the lower one; a probability of exactly one half counts as class 0. NaN where an output is not finite.
/// Sums are in double, in row order. Throws UsageError where metric and loss do not fit or the sizes do not.
double evaluate(Metric metric, Loss loss, std::span<const float> outputs, int32_t width, std::span<const float> targets,
                double target_scale);

/// Mean loss over the same arguments, as training defines it.
double mean_loss(Loss loss, std::span<const float> outputs, int32_t width, std::span<const float> targets);

/// The metric of the trivial model: the most frequent class, or the mean, of the training targets. It knows no row from another,
/// so its auc is 0.5; its log_loss is that of the training shares of the classes.
/// `classes` is 0 for regression.
double trivial_baseline(Metric metric, std::span<const float> train_targets, std::span<const float> targets, int32_t classes,
                        double target_scale);

} // namespace caviar
