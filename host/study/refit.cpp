#include "host/study/refit.h"

#include "host/study/population_options.h"

#include <cmath>

namespace caviar::study {

int32_t refit_epochs(const Candidate& candidate) {
    double epochs = 0, nets = 0;
    for (const TrialRow& row : candidate.trials)
        if (row.result.state == TrialState::complete) epochs += row.result.best_epoch + 1, ++nets;
    return static_cast<int32_t>(std::lround(epochs / nets)); // a candidate has a complete one
}

Refit refit(const SweepSettings& settings, const Prepared& prepared, Engine& engine, const Study& study, const Candidate& candidate,
            const TrainControl& control) {
    const Trial& trial = candidate.trials.front().trial;
    const auto population = engine.populate(prepared.dataset, population_options(settings, prepared.dataset, study));
    population->admit(std::span(&trial, 1));
    TrialResult result = population->train(refit_epochs(candidate), std::span(&trial.id, 1), control).at(0);
    return {population->weights(trial.id), std::move(result)};
}

} // namespace caviar::study
