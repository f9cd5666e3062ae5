#pragma once
#include "cuda/results.h"

namespace caviar::cuda {

/// What the played device does for Device::rank and Device::gather_curves.
void play_ranking(const Results&);
void play_gathering(const Results&, int64_t first, int64_t count, EpochRecord* to);

} // namespace caviar::cuda
