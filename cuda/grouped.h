#pragma once
/// The grouped tier: a trial's step as a series of small operations over the whole device, its matrix products by a library (cuBLAS;
/// a plain loop where the device is played). What host and device tell each other about it: plain values.

#include "cuda/job.h"

#include <variant>
#include <vector>

namespace caviar::cuda {

/// Threads of a block of the kernels that spread over the device. Those that sum over all of a trial run in one block of
/// `block_threads`.
inline constexpr int32_t sheet_threads = 256;

/// C (rows x columns) = A B over `depth`; all row-major, everything in device memory. A trial's product is a call of its own: a
/// library that is given several at once picks one algorithm for them all, and a trial's bits would hang on its company.
struct Product {
    const float *a, *b;
    float* c;
    int32_t lda, ldb, ldc;
    int32_t rows, columns, depth;
    bool transposed_a; ///< A is stored depth x rows
    bool transposed_b; ///< B is stored columns x depth
    Precision precision;
};

/// What the host reads while a trial trains.
struct GroupedNews {
    uint32_t steps;  ///< minibatches, chunks of validation and ends of epochs so far: see Stage::counts
    uint32_t over;   ///< 1: no more than these will do anything; the trial is done with
};

/// A trial under way, in device memory. Its kernels run one after the other: each reads what those before it have written.
struct GroupedTrial {
    TeamHead head;
    Launch launch;
    uint32_t index;         ///< of the trial in launch.jobs
    float* scores;
    const float *gradient;  ///< the product that became a layer's gradient by its weights, rows as far apart as theirs
    const float *delta;     ///< and the one that became that by its inputs, rows as far apart as the layer below's
    double loss;            ///< of the epoch's minibatches so far
    double part;            ///< of the present minibatch's chunks so far; then of the last one
    int64_t batches;        ///< of this epoch so far
    int64_t valid_first;    ///< the next row to validate
    double valid_loss, valid_metric; ///< sums over those before it
    bool halted;            ///< until the epoch's end nothing is trained any more: a loss was not finite
    GroupedNews news;
};

/// A kernel of a grouped trial.
struct Stage {
    enum class Kind : uint8_t {
        gather,   ///< a chunk's rows into the workspace
        activate, ///< layer: bias and activation, over its product
        judge,    ///< one block: the loss, its gradient or the validation metric
        learn,    ///< layer: the optimizer's update, and the delta of the layer below
        end       ///< one block: the epoch is recorded, the next one begins
    };
    Kind kind;
    bool counts;            ///< in news.steps
    int32_t blocks;         ///< of its grid; whatever they are, the bits are the same: no sum goes across blocks
    int32_t layer;
    int32_t rows;           ///< of the chunk
    int32_t first;          ///< where it begins in its minibatch
    int32_t minibatch;      ///< rows of the whole minibatch; 0: validation
};

/// A trial begins, by one block: its job comes, first weights are drawn, its first epoch begins.
struct Opening {
    Launch launch;
    uint32_t index;         ///< of the trial in launch.jobs
    float *memory, *scores;
    const float *gradient, *delta;
};

using Operation = std::variant<Opening, Product, Stage>;

/// Operations in order, of one trial.
struct Series {
    GroupedTrial* trial;
    void* workspace;        ///< DeviceKind::product_bytes for the library
    std::vector<Operation> operations;
};

} // namespace caviar::cuda
