// Ranking on the played device: Thrust's own algorithms, on this thread. Apart from what is compiled as device code, as Thrust would take
// that for nvcc's.

#include "played_results.h"

#include "cuda/device/rank_results.cuh"

namespace caviar::cuda {

void play_ranking(const Results& results) { rank_results(thrust::seq, results); }

void play_gathering(const Results& results, int64_t first, int64_t count, EpochRecord* to) { gather_curves(thrust::seq, results, first, count, to); }

} // namespace caviar::cuda
