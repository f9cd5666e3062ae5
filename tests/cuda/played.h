#pragma once
/// The kernels, played on the CPU. Compiled once: they are large.

#include "cuda/grouped.h"
#include "cuda/job.h"
#include "cuda/predict.h"
#include "tests/simt/launch.h"

namespace caviar::cuda {

/// train_trials, or train_trials_matrix for products on the matrix units.
void play(const simt::Schedule&, unsigned blocks, bool matrix, const Launch&);

/// The same by one block, beside another that reads the nets as soon as all are said to have ended.
void play_watched(const simt::Schedule&, bool matrix, const Launch&);

/// predict_rows.
void play(const simt::Schedule&, unsigned blocks, const Prediction&);

/// The grouped tier's operations on one trial; products are a plain loop.
void play(const simt::Schedule&, GroupedTrial*, const Opening&);
void play(const simt::Schedule&, GroupedTrial*, const Stage&);
void play(const Product&);

} // namespace caviar::cuda
