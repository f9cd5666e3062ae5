#include "host/exchange/selection.h"

#include <algorithm>
#include <set>

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

} // namespace

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
