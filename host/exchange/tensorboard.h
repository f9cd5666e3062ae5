#pragma once
/// A study of ours for TensorBoard: a run a trial, and the table of its HParams plugin.

#include "host/exchange/selection.h"

#include <string>

namespace caviar::exchange {

/// Writes the selected trials as the folder `path`, each in a folder `trial-ID` of its own; returns how many. Scalars after every epoch (steps count
/// from 0): train/loss, valid/loss, valid/METRIC; and at the best epoch best/loss and best/METRIC, which the table of hyperparameters shows. What
/// varies in the study is a hyperparameter there. Epochs lie evenly between a trial's beginning and its end. `time`: seconds since 1970, when trials are
/// said to have begun of which the study does not know it. Throws RuntimeFailure where the folder is there already or cannot be written.
int64_t export_tensorboard(const Study&, const Selection&, const std::string& path, double time);

} // namespace caviar::exchange
