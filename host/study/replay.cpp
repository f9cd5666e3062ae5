#include "host/study/replay.h"

#include "host/study/same_study.h"

#include <map>
#include <vector>

namespace caviar::study {

namespace {

/// A trial with those whose nets it took over, and theirs. `alone`: its events tell the whole of its history.
std::map<TrialId, TrialRow> family(const Study& study, TrialId id, bool alone) {
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
            if (event.copied_from && !alone) more.push_back(*event.copied_from);
    }
    return rows;
}

} // namespace

Hyperparameters settings_after(const Trial& trial, std::span<const Event> events, int32_t epochs) {
    Hyperparameters h = trial.hyperparameters;
    for (const Event& event : events)
        if (event.epoch <= epochs)
            for (const auto& [name, value] : event.changes) set(h, name, value);
    return h;
}

TrialResult train_again(const Study& study, const TrialRow& row, Population& population, const TrainControl& control) {
    const bool alone = is_panda(study);
    const auto members = family(study, row.trial.id, alone);
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
        population.train(epoch - trained, ids, control);
        if (control.stop.stop_requested()) return population.result(row.trial.id);
        trained = epoch;
        for (const Event& event : events) {
            for (const auto& [name, value] : event.changes) set(now[event.trial], name, value);
            population.adjust(event.trial, now[event.trial]);
            if (event.copied_from && !alone) population.clone(*event.copied_from, event.trial);
        }
    }
    const TrialId id = row.trial.id;
    const int32_t until = alone || row.result.state == TrialState::stopped ? row.epochs : row.trial.hyperparameters.epochs;
    return population.train(until - trained, std::span(&id, 1), control).at(0);
}

} // namespace caviar::study
