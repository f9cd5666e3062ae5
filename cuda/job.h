#pragma once
/// What host and device tell each other about a trial: plain values in device memory.

#include "caviar/hyperparameters.h"
#include "caviar/metric.h"
#include "caviar/mlp/layout.h"
#include "caviar/mlp/schedule.h"
#include "caviar/mlp/shuffle.h"
#include "caviar/mlp/step.h"
#include "caviar/mlp/update_rule.h"

#include <cstdint>

namespace caviar::cuda {

/// Lanes of a warp.
inline constexpr int32_t warp = 32, warp_log2 = 5;
/// Threads of a block of the training kernel; one block lives on each SM.
inline constexpr int32_t block_threads = 512;

/// Floats from row to row of a matrix of `width` columns on the device: an odd multiple of four. Lanes that read 16 bytes each of
/// neighbouring rows then meet all the banks of shared memory, and every row is 16-byte aligned.
constexpr int32_t row_length(int32_t width) {
    const int32_t quads = (width + 3) / 4;
    return 4 * (quads | 1);
}
/// The same for rows of a data set in device memory: a multiple of four.
constexpr int32_t data_row_length(int32_t columns) { return (columns + 3) / 4 * 4; }

/// How a block's warps and shared memory are dealt out to teams. A trial's class follows from its own settings alone.
struct TeamClass {
    int32_t teams; ///< in a block
    int32_t warps; ///< in a team; teams * warps <= block_threads / warp
};
/// Classes 0 to 4 are of nets that live in shared memory, the larger the share the lower the number.
inline constexpr int32_t resident_classes = 5;
/// Trials whose net lives in device memory; a whole block trains one, its products staged through shared memory.
inline constexpr int32_t streamed_class = resident_classes;
inline constexpr int32_t class_count = resident_classes + 1;

CAVIAR_HD constexpr TeamClass team_class(int32_t which) {
    switch (which) {
    case 1: return {2, 4};
    case 2: return {4, 4};
    case 3: return {8, 2};
    case 4: return {16, 1};
    default: return {1, block_threads / warp};
    }
}

/// Staged products (device/staged_product.cuh): k of a slab, and the largest tile of C.
inline constexpr int32_t slab = 16, most_staged_rows = 256, most_staged_columns = 128;
/// Floats of shared memory that they need: two slabs each of A (as rows, the larger way) and B.
inline constexpr int64_t stage_floats = 2 * int64_t{most_staged_rows} * row_length(slab) + 2 * int64_t{slab} * row_length(most_staged_columns);

/// What products are computed in. Weights, optimizer state and sums are fp32 always; see device/mma_tile.cuh.
enum class Precision : uint8_t { fp32, tf32, tf32x3, bf16 };

/// auc sorts its rows with 32-bit places, which it doubles.
inline constexpr int64_t most_ranked_rows = int64_t{1} << 29;

/// Columns, as long as there are valid rows, that a trial's metric needs (device/metric.cuh): f1 keeps the predicted class; auc a score of
/// each class that it ranks, and has two to sort in. `width`: the net's outputs.
CAVIAR_HD constexpr int32_t score_columns(Metric metric, int32_t width) {
    if (metric == Metric::f1) return 1;
    if (metric == Metric::auc) return (width <= 2 ? 1 : width) + 2;
    return 0;
}

/// Steps whose update rules are computed together, a lane each.
inline constexpr int32_t rules_together = 32;

/// One part of the data on the device.
struct DeviceRows {
    const float* features; ///< rows x stride, 16-byte aligned, zeros past the columns
    const float* targets;
    int64_t rows;
    int32_t stride;
};

/// Floats of each part of a net's home (parameters, m, v, best): a multiple of 256 bytes.
CAVIAR_HD constexpr int64_t part_floats(int64_t parameter_floats) { return (parameter_floats + 63) / 64 * 64; }

struct EpochRecord {
    float train_loss, valid_loss, valid_metric;
};

/// A trial: what the host asks for, where it lives, and how far it has come. The kernel reads it at the start and writes `Progress`
/// back at the end.
struct Progress {
    int64_t updates;      ///< of the optimizer since its state was cleared
    int64_t steps;        ///< minibatches so far
    int32_t epochs;       ///< whole epochs so far
    int32_t best_epoch;   ///< -1: none
    float best_metric, best_loss; ///< of the best epoch
    int32_t trained;      ///< epochs of this launch: curve[0 .. trained) are filled
    bool ended;           ///< by early stopping or its last epoch
    bool diverged;
    uint16_t filler;      ///< no padding: who copies member by member has written every byte that the host reads
};

struct Job {
    mlp::Layer layer[max_layers + 1];
    int32_t layers;
    int32_t input_ld;
    int64_t parameter_floats; ///< with padding
    mlp::Workspace workspace;

    Precision precision;
    Activation activation;
    Loss loss;
    Metric metric;
    mlp::ScheduleSettings schedule;
    mlp::OptimizerSettings optimizer;
    Init init;
    float init_scale;
    bool zero_output;
    float dropout;
    int32_t batch;            ///< rows of a minibatch, at most the training rows
    uint64_t study_seed, trial_seed;

    int32_t epochs;           ///< to train in this launch, at most
    int32_t patience, patience_from;
    float patience_factor;

    DeviceRows train, valid;
    float target_scale;
    float valid_spread;       ///< sum of squared distances of the valid targets from their mean, for r2

    /// Homes in device memory: part_floats(parameter_floats) each, which the kernel writes to the end, as the host reads them whole. All but
    /// the first may be nullptr. `best` is filled at every best epoch, with zeros until there is one.
    float *parameters, *m, *v, *best;
    EpochRecord* curve;       ///< room for `epochs`
    bool state_in_shared;     ///< m and v fit beside the parameters
    bool fresh;               ///< nothing is in the homes yet: first weights are to be drawn
    Progress progress;
};

/// How busy a launch kept the device, in clocks of a multiprocessor: time lost at its end, or by teams without a trial, is what is missing
/// from `worked` to `longest` times the warps of all multiprocessors.
struct Tally {
    unsigned long long worked[class_count]; ///< warps of teams of the class, times the clocks for which they had a trial
    unsigned long long longest;             ///< clocks of the block that took longest
};

/// What one launch of the kernel is given.
struct Launch {
    Job* jobs;
    const uint32_t* queue[class_count]; ///< indices into jobs, the dearest first
    uint32_t queued[class_count];
    uint32_t* next;                     ///< class_count counters, zero at the start
    int64_t shared_bytes;               ///< dynamic shared memory of a block
    float* scratch;                     ///< scratch_floats for each block: streamed trials' workspaces
    int64_t scratch_floats;
    float* scores;                      ///< score_floats for each of a block's score_teams: what auc and f1 keep of the valid rows
    int64_t score_floats;
    int32_t score_teams;                ///< as many as the classes in the queues have at most
    const volatile int32_t* stop;       ///< nonzero asks to stop at the next epoch's end; the host may write it meanwhile
    int32_t* epochs_done;               ///< epochs finished by all trials
    Tally* tally;                       ///< zero at the start; nullptr: nobody asks
    uint32_t* ended;                    ///< how many trials are done with, and each one's index in jobs plus 1 in that order: the host
                                        ///< may read meanwhile of what is not zero; nullptr: nobody will
};

/// The beginning of a team's share of shared memory; parameters, state and workspace follow. A multiple of 64 bytes.
struct alignas(64) TeamHead {
    Job job;
    mlp::StepView step;
    mlp::UpdateRule rules[rules_together];
    double partial[block_threads / warp]; ///< sums of warps
    int32_t ticket, stop;  ///< for telling the team
};

} // namespace caviar::cuda
