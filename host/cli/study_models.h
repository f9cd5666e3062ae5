#pragma once
/// The nets of a study as models: `export`, `--init` and `retune` get theirs here.

#include "caviar/model.h"
#include "caviar/sweep.h"
#include "host/cli/command.h"

#include <optional>
#include <span>
#include <string>

namespace caviar::cli {

/// A study with its data, on whose training rows the preprocessing was fitted. Where the study has that preprocessing, the data are read only once
/// something is to train or to be measured. The study must outlive it.
class StudyModels {
public:
    /// Data come from where the study says they are, or from `data`. This and all below throw DataError where they are gone, RuntimeFailure where they
    /// are others, UsageError where they were arrays.
    explicit StudyModels(const Study&, std::string data = {});

    const SweepSettings& settings() const { return settings_; }

    /// A trial's net with the weights that the study keeps; empty where it does not.
    std::optional<Model> kept(const TrialRow&) const;
    /// The same, of a trial that has been trained: where the weights are not kept, it is trained again for exactly the epochs it had. A trial is a
    /// function of its settings, so this gives its weights; says so, and warns where it does not. Throws Error(interrupted).
    Model model(Context&, const TrialRow&, Engine&);
    /// The best settings of a study that cross-validated, trained on all rows but the test rows (host/study/refit.h). Throws RuntimeFailure where
    /// that diverges, Error(interrupted).
    Model refit(Context&, Engine&);
    /// One model of several trials, the first of which is the best. Its note says how the validation metric of all together compares, where there
    /// are data. Throws UsageError after cross-validation: each fold has a preprocessing of its own.
    Model ensemble(Context&, std::span<const TrialRow>, Engine&);

private:
    const Prepared& prepared(); ///< reads the data, if need be
    Model with(const TrialRow&, Weights) const;

    const Study& study_;
    SweepSettings settings_;
    std::string data_;
    std::optional<Preprocessing> fitted_; ///< the study's own; else `prepared_` is there
    std::optional<Prepared> prepared_;
};

} // namespace caviar::cli
