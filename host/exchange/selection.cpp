#include "host/exchange/selection.h"

#include "host/study/candidate.h"

#include <algorithm>
#include <set>
#include <utility>

namespace caviar::exchange {

namespace {

bool finished(const TrialRow& row) { return row.result.state != TrialState::waiting; }

std::vector<TrialId> best_by_score(const Study& study, int64_t count) {
    std::vector<TrialId> ids;
    TrialQuery query;
    query.top = count;
    study.each_trial(query, [&](const TrialRow& row) {
        if (finished(row)) ids.push_back(row.trial.id);
    });
    return ids;
}

std::vector<TrialId> spread(const Study& study, int64_t count) {
    std::set<TrialId> must;
    for (const TrialId id : best_by_score(study, 1)) must.insert(id);
    if (const auto best = study.best(); best && count > 1) must.insert(best->trial.id);

    const int64_t all = study.counts().finished(), others = all - static_cast<int64_t>(must.size());
    const int64_t wanted = std::min(others, count - static_cast<int64_t>(must.size()));
    std::vector<TrialId> ids(must.begin(), must.end());
    TrialQuery query;
    query.sort = "id";
    int64_t seen = 0; // of the others: the first of every others / wanted is taken
    study.each_trial(query, [&](const TrialRow& row) {
        if (!finished(row) || must.contains(row.trial.id)) return;
        if (wanted > 0 && (seen == 0 || seen * wanted / others != (seen - 1) * wanted / others)) ids.push_back(row.trial.id);
        ++seen;
    });
    return ids;
}

/// Calls `take` with the trials of each setting that is trained, by id. Folds follow from the ids, so those of a setting are `folds` ids in a row.
void each_setting(const Study& study, TrialId folds, const TrialQuery& query, const std::function<void(std::span<const TrialRow>)>& take) {
    std::vector<TrialRow> rows;
    study.each_trial(query, [&](TrialRow row) {
        if (row.trial.id % folds == 0) rows.clear();
        if (finished(row)) rows.push_back(std::move(row));
        if (static_cast<TrialId>(rows.size()) == folds) take(std::exchange(rows, {}));
    });
}

/// The first trials of the settings that are chosen.
std::vector<TrialId> leaders(const Study& study, const SweepSettings& settings, const Selection& selection) {
    std::vector<TrialId> ids;
    const auto best = study::ranking(study, settings, selection.kind == Selection::Kind::top ? static_cast<size_t>(selection.count) : 1);
    for (const study::Candidate& candidate : best) ids.push_back(candidate.leader);
    if (selection.kind == Selection::Kind::top) return ids;

    std::vector<TrialId> others;
    TrialQuery query;
    query.sort = "id";
    each_setting(study, settings.nets_for_each(), query, [&](std::span<const TrialRow> folds) {
        if (ids.empty() || folds.front().trial.id != ids.front()) others.push_back(folds.front().trial.id);
    });
    const int64_t all = std::ssize(others), wanted = std::min(all, selection.count - std::ssize(ids));
    for (int64_t i = 0; i < wanted; ++i) ids.push_back(others[static_cast<size_t>(i * all / wanted)]);
    return ids;
}

} // namespace

int64_t each_selected_setting(const Study& study, const SweepSettings& settings, const Selection& selection,
                              const std::function<void(std::span<const TrialRow>)>& take) {
    const TrialId folds = settings.nets_for_each();
    TrialQuery query;
    query.sort = "id";
    query.curves = true;
    if (selection.kind != Selection::Kind::all) {
        for (const TrialId leader : leaders(study, settings, selection))
            for (TrialId id = leader; id < leader + folds; ++id) query.ids.push_back(id);
        if (query.ids.empty()) return 0; // no ids would mean all
    }
    int64_t taken = 0;
    each_setting(study, folds, query, [&](std::span<const TrialRow> rows) {
        take(rows);
        ++taken;
    });
    return taken;
}

int64_t each_selected(const Study& study, const Selection& selection, const std::function<void(TrialRow)>& take) {
    TrialQuery query;
    query.sort = "id";
    query.curves = true;
    if (selection.kind != Selection::Kind::all) {
        query.ids = selection.kind == Selection::Kind::top ? best_by_score(study, selection.count) : spread(study, selection.count);
        if (query.ids.empty()) return 0; // no ids would mean all
    }
    int64_t taken = 0;
    study.each_trial(query, [&](TrialRow row) {
        if (!finished(row)) return;
        take(std::move(row));
        ++taken;
    });
    return taken;
}

} // namespace caviar::exchange
