#pragma once
/// Trained nets as models.

#include "caviar/model.h"
#include "caviar/sweep.h"

#include <string>

namespace caviar::study {

/// A net that was trained on `prepared`, the data of the settings, with all it takes to predict.
Model trained_model(const SweepSettings&, const Prepared&, const Hyperparameters&, Weights, std::string note);

} // namespace caviar::study
