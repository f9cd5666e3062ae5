#pragma once
/// How far a metric measured on a part's rows may be from what it would be on all rows there could be.

#include "caviar/metric.h"

#include <cstdint>
#include <span>

namespace caviar::core {

/// Variance of an accuracy psi measured on n rows: psi (1 - psi) / (n - 1) (Bergstra & Bengio, JMLR 13, 2012, section 2.1). 0 for
/// one row.
double accuracy_variance(double psi, int64_t rows);

/// Variance of any other metric by the delete-a-group jackknife (M. Quenouille 1956, J. Tukey 1958; B. Efron and R. Tibshirani,
/// "An Introduction to the Bootstrap", 1993, chapter 11): the metric is measured once without each of G groups of rows,
///     v = (G - 1) / G * sum over groups of (metric without g - mean of these)^2.
/// Row r is in group r mod G; G is 32, or each row is a group of its own where there are fewer. For a mean over rows (log loss,
/// MAE) and groups of one row that is exactly the sample variance over n. v itself is known to about sqrt(2 / (G - 1)), a
/// quarter. No row is drawn at random, so there is no seed. Arguments as of `evaluate`; 0 for one row. Throws UsageError as that
/// does.
double metric_variance(Metric, Loss, std::span<const float> outputs, int32_t width, std::span<const float> targets,
                       double target_scale);

} // namespace caviar::core
