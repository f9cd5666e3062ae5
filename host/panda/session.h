#pragma once
/// One model that is babysat: trained an epoch at a time, changed in mid-training, taken back, branched. Knows no terminal and no
/// clock that decides anything; all that it learns goes into the study.
///
/// A branch is a trial. All branches share the settings and the seed that the model began with, so a branch on which nothing is
/// changed trains to the bits of the one it left; what was changed, and when, are its events. Changes take effect with the next
/// epoch: two changes between the same epochs are one.
///
/// The study always holds a state that was: result, checkpoint and place are saved in one transaction, at every change and about
/// once a second while it trains. Killed, a session loses the epochs since then; trained again they are the same bits.

#include "caviar/preprocessing.h"
#include "caviar/sweep.h"
#include "host/panda/note.h"

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace caviar::panda {

/// How far the engine may train where the schedule has no end of its own: the most that the field `epochs` allows.
inline constexpr int32_t endless = 1'000'000;
/// Does the learning rate fall towards the last epoch? Then `epochs` is the schedule's length and the model ends there; otherwise
/// it is but the goal that `resume` trains until.
bool has_an_end(Schedule);

/// The settings of a panda's study, from those of its data: one model, these hyperparameters (`epochs` as asked for), this study
/// seed.
SweepSettings panda_settings(const SweepSettings& data, const Hyperparameters&, uint64_t study_seed);

class Session {
public:
    /// Makes the study of a model that is yet to train. Throws as Study::create, and DeviceError for a net too big for the
    /// memory.
    static std::unique_ptr<Study> create(const std::string& path, const SweepSettings&, const Prepared&, const Engine&,
                                         int32_t goal, const std::string& origin = {});

    /// Goes on where the study was left. All must outlive it. Throws RuntimeFailure for a study that is no panda's, or is of
    /// other data or another build. save_every: seconds at most between two saves; longer where saving itself takes long (big
    /// nets).
    Session(const Prepared&, Engine&, Study&, double save_every = 1);

    TrialId branch() const { return trial_.id; }
    int32_t epoch() const { return static_cast<int32_t>(result_.curve.size()); }
    int32_t goal() const { return has_an_end(wanted_.schedule) ? wanted_.epochs : note_.goal; }
    /// State, curve and best epoch of the branch in hand.
    const TrialResult& result() const { return result_; }
    /// What the next epoch trains with.
    const Hyperparameters& settings() const { return wanted_; }
    /// The epoch after which settings changed last, or the branch began to live; 0: never.
    int32_t changed_at() const;
    const Note& note() const { return note_; }
    const Study& study() const { return study_; }
    Metric metric() const { return options_.metric; }
    Loss loss() const { return options_.loss; }
    /// After the best epoch of the branch, or the latest where nothing was validated.
    Weights weights() const { return population_->weights(branch()); }

    /// Why no epoch can be trained, and what to do; empty where one can.
    std::string ended() const;
    /// Trains an epoch; false, and nothing has happened, where it was stopped before the epoch's end. Throws UsageError where it
    /// has ended.
    bool train_epoch(std::stop_token stop = {});

    /// Changes hyperparameters from the next epoch on, all or none. Throws UsageError with the reason for what may not change, is
    /// out of range or unknown. `epochs` is the goal: see has_an_end. Returns what has no effect as things are, for a warning.
    std::string set(const std::vector<std::pair<std::string, std::string>>& names_and_values);
    /// Goes on, as a new branch, from where this one was after `epoch` epochs, with the settings it had then; changes made right
    /// there are not. Throws UsageError for an epoch that is not before the last, Error(interrupted) where it was stopped while
    /// epochs between two checkpoints trained again: then all is as before.
    void rewind(int32_t epoch, std::stop_token stop = {});
    /// Goes on with a copy, changes still to come included.
    void branch_off();
    /// Goes on with another branch where that one was left. Throws UsageError where there is none, and as `rewind`.
    void switch_to(TrialId, std::stop_token stop = {});

    /// Writes down what has not been. Saving twice writes once.
    void save();

private:
    using Clock = std::chrono::steady_clock;

    std::vector<Event> past(int32_t epoch) const;
    void bring(const Trial&, const std::vector<Event>&, TrialId source, int32_t epoch, std::stop_token);
    void take_in_hand(Trial, std::vector<Event>);
    void fork(const std::string& line, TrialId parent, int32_t epoch, const Hyperparameters& wanted, std::stop_token);
    void write_state();
    TrialRow row_of(TrialId, bool curve) const;
    Hyperparameters settings_before(int32_t epoch) const;

    const Prepared& prepared_;
    Engine& engine_;
    Study& study_;
    const SweepSettings sweep_;
    const PopulationOptions options_;
    const double save_every_;
    std::unique_ptr<Population> population_;

    Note note_;
    Trial trial_;               ///< the branch in hand, as it began
    std::vector<Event> events_; ///< its own
    Hyperparameters now_;       ///< what the engine trains it with
    Hyperparameters wanted_;    ///< and from the next epoch on
    TrialResult result_;
    double began_ = 0;        ///< when an earlier run, or this one before it turned to another branch, began with it; 0: neither did
    bool saved_ = true;       ///< the study holds all of that
    int32_t saved_epoch_ = 0; ///< of the branch's result in the study; 0: it has none
    Clock::time_point last_save_ = Clock::now();
    std::chrono::duration<double> save_took_{0};
};

} // namespace caviar::panda
