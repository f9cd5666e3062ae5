#pragma once
/// What a launch leaves on the device, brought together there: ranked, and curves end to end, so that the host reads what was trained and
/// was not read before, in few copies, and the best first.

#include "cuda/job.h"

#include <cstdint>

namespace caviar::cuda {

/// All of it is in device memory; `count` of each.
struct Results {
    const Job* jobs;
    const uint32_t* ended; ///< whose results: indices into jobs, plus 1, none twice (part of Launch::ended)
    int64_t count;
    float* losses;         ///< what they are ranked by: of the last epoch trained, on the valid rows where there are any; infinite where
                           ///< the trial diverged or trained none
    uint32_t* rank;        ///< indices into jobs, the lowest loss first; of equal ones the lower index, whatever the order in which they ended
    Progress* progress;    ///< by rank
    int64_t* curve_end;    ///< by rank: where its epochs of this launch end, if all lie end to end
};

} // namespace caviar::cuda
