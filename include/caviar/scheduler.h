#pragma once
/// Schedulers: who of a cohort of trials goes on training, and how far. A scheduler is a pure function of the learning curves so far,
/// in the order of the trials' ids: nothing hangs on which trial finished first or on how many workers there are, so a sweep that
/// was killed in the middle of a cohort decides the same again.

#include "caviar/hyperparameters.h"
#include "caviar/space.h"
#include "caviar/trial.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace caviar {

/// A trial of the cohort as it stands.
struct Standing {
    TrialId id = 0;
    std::span<const Score> scores;   ///< one for each epoch trained; infinite where the loss was not finite
    int32_t most = 0;                ///< epochs it may have by its own settings
    bool ended = false;              ///< by itself: its last epoch, early stopping, divergence
    const Hyperparameters* hyperparameters = nullptr; ///< as it trains now; not owned

    int32_t epochs() const { return static_cast<int32_t>(scores.size()); }
};

struct Decision {
    /// Train the trial until it has so many epochs in all.
    struct Step {
        size_t trial; ///< index into the cohort
        int32_t until;
        bool operator==(const Step&) const = default;
    };
    /// Before that, `to` takes over the weights and the optimizer's state of `from`, and goes on with these settings.
    struct Copy {
        size_t from, to;
        Hyperparameters hyperparameters;
    };
    std::vector<Copy> copies;
    std::vector<Step> steps;    ///< none: the cohort is done, and who has not ended is stopped
    std::vector<size_t> stopped; ///< will never go on; a trial may be named in every later decision again
};

class Scheduler {
public:
    virtual ~Scheduler() = default;
    /// What comes next. The standings are in the order of ids and always of the same trials.
    virtual Decision next(std::span<const Standing>) const = 0;
    /// Does it let trials take over the nets of others? Then what became of one is known only once all of its cohort have trained.
    virtual bool copies() const { return false; }
    /// What it does, for a person; empty where it does nothing.
    virtual std::string explain() const { return {}; }
};

struct SchedulerOptions {
    std::string name = "none"; ///< none, median, successive-halving, hyperband, asha, pbt
    double eta = 3;            ///< halving: one in eta goes on to eta times the epochs; above 1
    int32_t min_epochs = 0;    ///< epochs before the first comparison; 0 picks
    int32_t workers = 32;      ///< asha: trials that train at a time, whatever the machine
    double quantile = 0.2;     ///< pbt: share of the population that copies, and that is copied from; at most one half
    bool operator==(const SchedulerOptions&) const = default;
};

/// max_epochs: the most that any trial may have. Seed and space are for schedulers that draw; the space must outlive it. Throws
/// UsageError for an unknown name ("did you mean") or an option out of range.
std::unique_ptr<Scheduler> make_scheduler(const SchedulerOptions&, int32_t max_epochs, uint64_t seed, const SearchSpace&);

} // namespace caviar
