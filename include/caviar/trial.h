#pragma once
/// A trial: one setting of the hyperparameters, trained once, and what came of it.

#include "caviar/hyperparameters.h"
#include "caviar/space.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace caviar {

using TrialId = int64_t; ///< dense from 0 in a study

enum class TrialState : uint8_t {
    waiting,  ///< asked for, not finished
    complete, ///< trained to its last epoch or stopped early
    diverged, ///< a loss was not finite
    stopped   ///< ended by a scheduler
};
std::string to_string(TrialState);

struct Trial {
    TrialId id = 0;
    int32_t round = 0;           ///< the sampler's round it was asked in, from 0
    Configuration configuration; ///< what varied, as drawn
    Hyperparameters hyperparameters;
};

/// One point of a learning curve: after an epoch.
struct EpochLosses {
    float train_loss;   ///< mean over the epoch's minibatches as they were trained on (dropout included), weighted by their rows
    float valid_loss;   ///< mean over the validation rows, after the epoch, without dropout or weight decay's term
    float valid_metric; ///< the study's metric on the validation rows, in the target's unit
};

struct TrialResult {
    TrialId id = 0;
    TrialState state = TrialState::waiting;
    int32_t best_epoch = -1;         ///< index into curve of the best validation score; its weights are the ones kept; -1: none
    std::vector<EpochLosses> curve;  ///< epochs trained so far
    double seconds = 0;              ///< time a worker spent on it; not part of what must reproduce, nor are the next two
    /// When a worker first took it up and when it last laid it down, in seconds since 1970 by the wall clock; 0: not known. On a GPU: when the launch
    /// that first trained it began, and when the host saw that the last one was done with it. Between the two it may have waited, e.g. for a rung.
    double began = 0, ended = 0;

    bool dated() const { return began > 0 && ended >= began; }
    /// Enters that it was worked on from one moment to another: the first beginning and the last end stay.
    void worked_on(double from, double until) {
        if (!dated()) began = from;
        ended = until > began ? until : began; // somebody may have set the clock back
    }
};

/// How good an epoch is. Compares the metric first, then the validation loss: lower `badness` is better.
struct Score {
    double badness = std::numeric_limits<double>::infinity(); ///< metric, negated where higher is better; infinity: diverged
    double loss = std::numeric_limits<double>::infinity();
    auto operator<=>(const Score&) const = default;
};

} // namespace caviar
