// Trains trials again, alone, and compares bits.

#include "caviar/error.h"
#include "caviar/sweep.h"
#include "host/study/folds.h"
#include "host/study/population_options.h"
#include "host/study/replay.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <cstring>

namespace caviar {

namespace {

// Bits, not values: NaN equals itself, 0 and -0 differ.
template <class T> bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

bool reproduces(const Study& study, const TrialRow& row, const std::optional<Weights>& kept, Population& population) {
    const TrialResult again = study::train_again(study, row, population);
    const TrialState state = row.result.state == TrialState::stopped ? TrialState::waiting : row.result.state;
    // A babysat model is recorded wherever it was left.
    const bool left = row.result.state == TrialState::complete && again.state == TrialState::waiting && study::is_panda(study);
    if ((again.state != state && !left) || again.best_epoch != row.result.best_epoch || !same_bits(again.curve, row.result.curve)) return false;
    if (!kept) return true;
    const Weights weights = population.weights(row.trial.id);
    return weights.widths == kept->widths && same_bits(weights.values, kept->values);
}

} // namespace

std::vector<TrialId> verify(const SweepSettings& settings, const Prepared& prepared, Engine& engine, const Study& study,
                            std::span<const TrialId> ids) {
    study::require_same_data(study, prepared, engine);
    study::require_same_build(study, engine);
    const PopulationOptions options = study::population_options(settings, prepared.dataset, study);
    std::vector<TrialId> differ;
    for (const TrialId id : ids) {
        TrialQuery query;
        query.ids = {id};
        query.curves = true;
        const auto rows = study.trials(query);
        if (rows.empty()) throw UsageError("trial " + std::to_string(id) + " is not in " + study.path() + ", which has trials 0 to " +
                                           std::to_string(study.size() - 1));
        if (rows[0].result.state == TrialState::waiting)
            throw UsageError("trial " + std::to_string(id) + " of " + study.path() + " is not finished; `caviar resume` goes on with it");
        const auto alone = engine.populate(study::seen_by(id, prepared).dataset, options);
        if (!reproduces(study, rows[0], study.weights(id), *alone)) differ.push_back(id);
    }
    return differ;
}

} // namespace caviar
