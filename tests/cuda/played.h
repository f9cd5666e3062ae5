#pragma once
/// The training kernels, played on the CPU. Compiled once: they are large.

#include "cuda/job.h"
#include "tests/simt/launch.h"

namespace caviar::cuda {

/// train_trials, or train_trials_matrix for products on the matrix units.
void play(const simt::Schedule&, unsigned blocks, bool matrix, const Launch&);

} // namespace caviar::cuda
