#pragma once
/// Trained nets as models.

#include "caviar/model.h"
#include "caviar/sweep.h"

#include <string>

namespace caviar::study {

/// A net of the settings with all it takes to predict. The preprocessing must be that of the rows it was trained on (seen_by in host/study/folds.h).
Model trained_model(const SweepSettings&, Preprocessing, const Hyperparameters&, Weights, std::string note);

} // namespace caviar::study
