// Trains trials again, alone, and compares bits.

#include "caviar/error.h"
#include "caviar/sweep.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace caviar {

namespace {

// Bits, not values: NaN equals itself, 0 and -0 differ.
template <class T> bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

/// A trial with those whose nets it took over, and theirs.
std::map<TrialId, TrialRow> family(const Study& study, TrialId id) {
    std::map<TrialId, TrialRow> rows;
    std::vector<TrialId> more{id};
    while (!more.empty()) {
        TrialQuery query;
        query.ids = {more.back()};
        query.curves = true;
        more.pop_back();
        auto found = study.trials(query);
        if (found.empty() || !rows.emplace(query.ids[0], std::move(found[0])).second) continue;
        for (const Event& event : study.events(query.ids[0]))
            if (event.copied_from) more.push_back(*event.copied_from);
    }
    return rows;
}

/// Trains a trial again: alone, or with its family in step, so that each net is there when it is taken over.
TrialResult train_again(const Study& study, const TrialRow& row, Population& population) {
    const auto members = family(study, row.trial.id);
    std::vector<TrialId> ids;
    std::map<int32_t, std::vector<Event>> by_epoch;
    std::map<TrialId, Hyperparameters> now;
    for (const auto& [id, member] : members) {
        population.admit(std::span(&member.trial, 1));
        ids.push_back(id);
        now[id] = member.trial.hyperparameters;
        for (const Event& event : study.events(id)) by_epoch[event.epoch].push_back(event);
    }
    int32_t trained = 0;
    for (const auto& [epoch, events] : by_epoch) {
        population.train(epoch - trained, ids);
        trained = epoch;
        for (const Event& event : events) {
            for (const auto& [name, value] : event.changes) set(now[event.trial], name, value);
            population.adjust(event.trial, now[event.trial]);
            if (event.copied_from) population.clone(*event.copied_from, event.trial);
        }
    }
    const TrialId id = row.trial.id;
    const int32_t until = row.result.state == TrialState::stopped ? row.epochs : row.trial.hyperparameters.epochs;
    return population.train(until - trained, std::span(&id, 1)).at(0);
}

bool reproduces(const Study& study, const TrialRow& row, const std::optional<Weights>& kept, Population& population) {
    const TrialResult again = train_again(study, row, population);
    const TrialState state = row.result.state == TrialState::stopped ? TrialState::waiting : row.result.state;
    if (again.state != state || again.best_epoch != row.result.best_epoch || !same_bits(again.curve, row.result.curve)) return false;
    if (!kept) return true;
    const Weights weights = population.weights(row.trial.id);
    return weights.widths == kept->widths && same_bits(weights.values, kept->values);
}

} // namespace

std::vector<TrialId> verify(const SweepSettings& settings, const Prepared& prepared, Engine& engine, const Study& study,
                            std::span<const TrialId> ids) {
    study::require_same_data(study, prepared, engine);
    study::require_same_build(study, engine);
    const PopulationOptions options{settings.sampler.seed, settings.loss.value_or(default_loss(prepared.dataset.task)), study.header().metric};
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
        const auto alone = engine.populate(prepared.dataset, options);
        if (!reproduces(study, rows[0], study.weights(id), *alone)) differ.push_back(id);
    }
    return differ;
}

} // namespace caviar
