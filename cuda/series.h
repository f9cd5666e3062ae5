#pragma once
/// What a grouped trial submits, from its job: the operations of a minibatch, of a validation chunk, of an epoch's end.

#include "cuda/grouped.h"

namespace caviar::cuda {

/// What a lane of the device works in; places in device memory. `memory`: grouped_floats of the trial.
struct LaneMemory {
    GroupedTrial* trial;
    float *memory, *scores;
    void* workspace;
};

/// Floats that a step needs: the workspace, and the products that become gradients.
int64_t grouped_floats(const Job&);

Series opening_series(const Job&, const LaneMemory&, const Launch&, uint32_t index);
/// One step of training on `rows` rows, in chunks where they are more than the workspace takes.
Series minibatch_series(const Job&, const LaneMemory&, int32_t rows);
/// Validation of the next `rows` rows, at most those of the workspace.
Series validation_series(const Job&, const LaneMemory&, int32_t rows);
Series end_series(const LaneMemory&);

} // namespace caviar::cuda
