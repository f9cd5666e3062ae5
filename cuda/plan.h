#pragma once
/// Where a trial trains: which tier, how large a team, what of it stays on the chip. Decided from the trial's own settings, the data's
/// size and the kind of device alone, never from the other trials, so that a trial's bits do not hang on its company.

#include "caviar/engine.h"
#include "cuda/job.h"

#include <cstdint>
#include <span>
#include <string>

namespace caviar::cuda {

/// resident: parameters and workspace in shared memory. streamed: both in device memory, products staged through shared memory; a block
/// trains it. grouped: both in device memory, each product spread over the device by a library.
enum class Tier : uint8_t { automatic, resident, streamed, grouped };
std::string to_string(Tier);
Tier tier_from(const std::string&); ///< "auto", "resident", "streamed", "grouped"; throws UsageError for the rest

struct Plan {
    Tier tier;            ///< any but automatic
    int32_t team;         ///< class of the team, see team_class in job.h; of no meaning in the grouped tier
    bool state_in_shared; ///< optimizer state too; otherwise it stays in device memory, where L2 holds it
    int32_t rows;         ///< that go through a step at a time; a larger minibatch goes in parts and sums its gradients up
    int64_t shared_bytes; ///< of a team; what is needed, not what its share offers
};

/// widths: inputs, hidden..., outputs. shared_bytes: dynamic shared memory of a block on this device; multiprocessors: of it, 0: an
/// H200's. Throws DeviceError where a forced tier cannot take the trial.
Plan make_plan(const Hyperparameters&, std::span<const int32_t> widths, int64_t train_rows, int64_t shared_bytes, Tier forced = Tier::automatic,
               int32_t multiprocessors = 0);

/// Clocks of a step so planned, roughly (step_cost.h).
double predict_clocks(const Plan&, const Hyperparameters&, std::span<const int32_t> widths, int64_t train_rows, int32_t multiprocessors = 0);

/// Fills the job's layers, sizes and workspace as planned. The grouped tier needs room beside the workspace: see series.h.
void lay_out(const Plan&, const Hyperparameters&, std::span<const int32_t> widths, int64_t train_rows, Job&);

/// Rows of a minibatch of this data.
int32_t minibatch_rows(const Hyperparameters&, int64_t train_rows);

/// The smallest block's shared memory that the kernel can run with: the streamed tier's.
int64_t least_shared_bytes();

} // namespace caviar::cuda
