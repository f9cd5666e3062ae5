#pragma once
/// What to do after a sweep, and why. Pure: from facts alone.

#include "host/importance/importance.h"
#include "host/report/study_facts.h"
#include "host/search/edges.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace caviar::report {

/// The best value of one hyperparameter, depending on another.
struct Shift {
    std::string name, other;
    Value at_low, at_high;         ///< the other's lowest and highest part of the scale
    double best_low = 0, best_high = 0; ///< where `name` is best there, on its unit scale
    Value value_low, value_high;   ///< the same as values
};

/// The facts that advice follows from.
struct Situation {
    int64_t finished = 0, diverged = 0, to_come = 0; ///< trials
    bool ended = true;             ///< the sweep; else resuming comes first
    bool retuned = false;          ///< by `caviar retune`: it ends where nothing more needs to be done
    bool grid = false;             ///< its points are given, and their order says nothing
    bool has_best = false;
    std::vector<search::Edge> edges;

    int32_t epochs = 0;            ///< that the best trials were allowed; 0: it varies
    double at_last_epoch = 0;      ///< share of the ten best trials whose best epoch was their last
    double best_epoch_share = 1;   ///< the median of (best epoch + 1) / epochs allowed among them
    double late_fall = 0;          ///< of the fall of the winner's validation loss, the share in the last tenth of its epochs
    bool stops_early = false;      ///< patience, or a scheduler that stops trials, saves what comes after the best epoch already

    double last_gain = 0;          ///< what the last stretch brought, as a share of the way from the median trial to the best
    int64_t trials_since_best = 0; ///< finished after the best one's settings were found

    std::optional<Distribution> rates;     ///< of the learning rate, where it is a number that varies
    bool unscaled = false;                 ///< see may_be_unscaled
    double highest_good_rate = 0;          ///< nine tenths of the trials that did not diverge lie below; unit scale

    std::optional<bool> told;              ///< could importance be told from chance? Empty where too few trials were there to ask
    std::optional<Shift> rate_by_depth;    ///< where the learning rate and layers or units interact
    std::vector<std::pair<std::string, Value>> idle; ///< hyperparameters that hardly matter, and the winner's values
};
Situation situation(const StudyFacts&, const std::optional<importance::Importance>&);

struct Advice {
    std::string why;   ///< one sentence
    std::string flags; ///< to add to the sweep's; empty where the advice needs none
};

/// The most urgent first. Thresholds stand beside each rule in advice.cpp.
std::vector<Advice> advise(const Situation&);

/// Flags for a sweep whose trials all diverged: learning rates from a ten-thousandth of its lowest up to that, and, where features may come
/// unscaled, all on one scale.
std::string calmer_flags(double lowest_rate, bool unscaled);
/// The lowest learning rate that a trial of these settings may draw.
double lowest_rate(const SweepSettings&);
/// Are there trials whose features come as they are, although that might be changed?
bool may_be_unscaled(const SweepSettings&);

/// How the best value of `first` moves with `second`; empty where `first` has no scale, or it does not move by a tenth of it.
std::optional<Shift> shift(const importance::Importance&, const importance::Interaction&, const SearchSpace&, bool swapped);

} // namespace caviar::report
