#pragma once
/// Engines train populations of trials. The same interface carries random search (train all), successive halving
/// (retire some), population-based training (clone, adjust) and panda (one trial).

#include "caviar/dataset.h"
#include "caviar/metric.h"
#include "caviar/trial.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace caviar {

struct Capabilities {
    std::string engine;           ///< "cpu" or "cuda"
    std::string device;           ///< e.g. "AMD EPYC, 2 threads, avx512"
    std::string instruction_set;  ///< "plain", "avx2", "avx512", "sm_90"
    int threads = 1;
};

/// Weights of a net, unpadded: for each layer W (n_in x n_out, row-major) then its n_out biases.
struct Weights {
    std::vector<int32_t> widths;  ///< inputs, hidden..., outputs
    std::vector<float> values;    ///< sum over layers of (n_in + 1) * n_out
};
int64_t weight_count(std::span<const int32_t> widths);

struct PopulationOptions {
    uint64_t study_seed = 0;
    Loss loss = Loss::softmax_cross_entropy;
    Metric metric = Metric::accuracy;   ///< the validation score that early stopping and the best epoch go by
    const Weights* initial = nullptr;   ///< every trial starts from these, not from first weights of its own; must outlive the population
};

/// Called on the thread that called `train`, never concurrently.
struct TrainControl {
    std::stop_token stop;                                  ///< asked: trials in hand end after their current minibatches; the rest wait
    std::function<void(TrialResult)> on_finished;          ///< a trial reached its end or the epochs asked for
    std::function<void(int64_t trials_done, int64_t epochs_done)> on_progress; ///< a few times a second
    std::function<void(const std::string&)> on_note;       ///< what a person may want to know, e.g. that memory makes it take longer
};

/// How a population has trained its trials on one tier so far; what came of them does not hang on it. Trials and seconds of one call of
/// `train` count for every tier that took part.
struct TierStatistics {
    std::string tier;            ///< "cpu"; of cuda: "resident", "streamed", "grouped"
    int64_t trials = 0;          ///< that trained at least one epoch, counted anew in each call of `train`
    int64_t launches = 0;        ///< cuda: of the kernel; cpu: calls of `train`
    double seconds = 0;          ///< wall time of these
    double busy_seconds = 0;     ///< of these, as if all multiprocessors or threads had been at work on trials of this tier at the same time; 0: not known
    double occupied_seconds = 0; ///< cuda: the same, as if all warps that the multiprocessors can hold had been; 0: not known
    double flops = 0;            ///< operations of the whole epochs trained (host/core/cost.h); validation is not counted
    int64_t bytes_read_back = 0; ///< from the device: curves, counters, weights
};

/// The most floating-point operations a second that an engine could reach; a multiply-add counts as two.
struct PeakRate {
    double flops = 0; ///< a second; 0: not known, and `basis` says why
    std::string basis; ///< e.g. "measured: ..." or "theoretical: ...", for a person to read
};

/// Trials living on one engine over one data set. What a trial computes depends on its own hyperparameters, the study's
/// seed, the data and the build, never on its neighbours, their number, their order or the number of threads.
class Population {
public:
    virtual ~Population() = default;

    /// Takes trials in, untrained. Throws UsageError for an id that is in already, hyperparameters out of range, or a net of another shape
    /// than PopulationOptions::initial.
    virtual void admit(std::span<const Trial>) = 0;
    /// Trains each named trial for at most `epochs` more epochs; a trial ends earlier at its own `epochs`, by early
    /// stopping or divergence. Returns their results (whole curves) in the order of `ids`. A trial that a stop request
    /// caught keeps its state `waiting` and the epochs it had finished; training it again goes on from there.
    virtual std::vector<TrialResult> train(int32_t epochs, std::span<const TrialId> ids, const TrainControl& = {}) = 0;
    /// Forgets trials and frees their place.
    virtual void retire(std::span<const TrialId>) = 0;
    /// Changes what may change in mid-training (not the net's shape or scaling); throws UsageError for the rest.
    virtual void adjust(TrialId, const Hyperparameters&) = 0;
    /// Copies weights and optimizer state; both must have the same shape. The best epoch of `to` is looked for anew.
    virtual void clone(TrialId from, TrialId to) = 0;
    /// Everything needed to go on from here with the same bits: weights, optimizer state, counters, curve, best epoch.
    virtual std::vector<std::byte> checkpoint(TrialId) const = 0;
    /// Throws DataError for bytes that are not a checkpoint of a trial of this shape. They do not say when it was trained: it counts from here on.
    virtual void restore(TrialId, std::span<const std::byte>) = 0;
    /// Weights after the best epoch, or the latest where none was validated.
    virtual Weights weights(TrialId) const = 0;
    virtual TrialResult result(TrialId) const = 0;
    /// One entry for each tier that has trained something; none from engines that do not keep count.
    virtual std::vector<TierStatistics> statistics() const { return {}; }
};

class Engine {
public:
    virtual ~Engine() = default;
    virtual Capabilities capabilities() const = 0;
    /// The data set must outlive the population. Throws UsageError where loss or metric do not fit the task.
    virtual std::unique_ptr<Population> populate(const Dataset&, const PopulationOptions&) = 0;
    /// Raw outputs (rows x outputs) of a net over a matrix, with the engine's own forward pass. Columns must be >= widths[0].
    virtual std::vector<float> forward(const Weights&, Activation, const Matrix&) = 0;
    /// May take a fraction of a second of all threads, to measure it.
    virtual PeakRate peak() const { return {0, "not known of this engine"}; }
};

struct EngineOptions {
    std::string name = "auto";          ///< auto, cpu, cuda
    int threads = 0;                    ///< cpu: 0 means one for each core the process may run on
    std::string instruction_set;        ///< cpu: empty picks the best this machine has
    int device = 0;                     ///< cuda: which GPU
    std::string tier = "auto";          ///< cuda: auto, resident, streamed, grouped
    std::string precision = "fp32";     ///< cuda: fp32, tf32, tf32x3, bf16
    int profile_rung = 0;               ///< cuda: the rung (call of Population::train) that profilers are to look at, from 1; 0: none
};

struct EngineChoice {
    std::unique_ptr<Engine> engine;
    std::string note; ///< why `auto` fell back, for a person to read; empty where it did not
};

/// The registry. Asking for `cuda` where there is none throws DeviceError with what is missing; only `auto` falls back.
EngineChoice make_engine(const EngineOptions&);

} // namespace caviar
