#pragma once
/// A trial of ours as Optuna says it (optuna.readthedocs.io: Study, FrozenTrial, distributions).

#include "caviar/study.h"
#include "caviar/sweep.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace caviar::exchange {

using Json = nlohmann::ordered_json;

/// With the numbers of optuna.trial.TrialState.
enum class OptunaState : int { complete = 1, pruned = 2, fail = 3 };

struct OptunaParameter {
    std::string name;
    double value = 0;         ///< Optuna's internal one: of a categorical the index of the choice
    std::string distribution; ///< JSON
};

struct OptunaTrial {
    OptunaState state = OptunaState::fail;
    std::optional<double> value;                      ///< complete: the metric at the best epoch; pruned: at the last; else none
    std::vector<OptunaParameter> parameters;
    std::vector<std::pair<int32_t, double>> intermediate; ///< epoch from 0, metric after it
    Json attributes = {};                             ///< user attributes
    std::string began = {}, ended = {};               ///< 2026-11-22 01:31:05.123000, local as Optuna knows no time zones; empty: not known
};

struct OptunaStudy {
    std::string name;
    bool maximise = false;
    std::string metric; ///< what its objective is called
    Json attributes;    ///< user attributes
};

OptunaStudy optuna_study(const Study&);

/// Translates the trials of one study.
///
/// What varies becomes a parameter with a distribution of its whole space, however much a search zoomed in: uniform and log a float, int, logint
/// and pow2 an integer (logarithmic but for int), choice a categorical. Optuna has none for beta, 1 - 10^r: `one_minus_momentum` is drawn as a
/// logarithmic float, and `momentum` is a user attribute. A value outside its range, as a retuned study may have, widens the range there.
class OptunaTranslation {
public:
    explicit OptunaTranslation(const Study&);
    OptunaTrial operator()(const TrialRow&) const;
    /// The nets of a setting that was cross-validated, all of its folds, as one trial: the values are their means, after each epoch that all of them had.
    /// Complete where all are; pruned where a scheduler stopped some; failed where one diverged. It began with its first fold and ended with its last. The test
    /// is of no fold's net, so only the study has it.
    OptunaTrial operator()(std::span<const TrialRow> folds) const;

private:
    struct Counterpart {
        std::string ours, theirs;
        Distribution distribution;
        double low = 0, high = 0;    ///< theirs
        std::vector<Value> choices;  ///< each once
        std::string text;            ///< the distribution in JSON
    };
    static Counterpart counterpart(const Parameter&);
    static std::string text(const Counterpart&, double low, double high);
    void add_parameters(const Configuration&, OptunaTrial&) const;

    const Study& study_;
    bool changing_; ///< trials have events
    std::vector<Counterpart> counterparts_;
    std::optional<TestReport> test_;
    TrialId winner_ = -1;
};

/// At most so many points of a curve go out: Optuna is slow with many.
inline constexpr int32_t most_points = 50;

/// Of the epochs 0 to count-1 all, or `most_points` that lie evenly on a log scale, the first and the last among them, and `best` besides.
std::vector<int32_t> thinned(int32_t count, int32_t best);

} // namespace caviar::exchange
