#include "host/study/candidate.h"

#include "caviar/error.h"
#include "host/study/confirmation.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

namespace caviar::study {

namespace {

bool complete(const TrialRow& row) { return row.result.state == TrialState::complete && std::isfinite(row.score.badness); }

std::pair<Score, TrialId> rank(const TrialRow& row) { return {row.score, row.trial.id}; }

/// Sound ones first, then the better score, then the lower id.
bool ahead(const Candidate& a, const Candidate& b) {
    return std::tuple(!a.sound(), a.score, a.leader) < std::tuple(!b.sound(), b.score, b.leader);
}

/// What counts was set: fills in the rest.
void reckon(Candidate& c) {
    c.score = mean_score(c.trials);
    const auto n = static_cast<double>(c.trials.size());
    c.metric = 0;
    for (const TrialRow& row : c.trials) c.metric += row.metric / n;
    double squares = 0;
    for (const TrialRow& row : c.trials) squares += (row.metric - c.metric) * (row.metric - c.metric);
    c.deviation = n > 1 ? std::sqrt(squares / (n - 1)) : std::nan("");
}

/// Of all trials with the same settings. False where none is complete.
bool make_candidate(std::span<const TrialRow> rows, Candidate& c) {
    const TrialRow* best = nullptr;
    for (const TrialRow& row : rows)
        if (complete(row) && (!best || rank(row) < rank(*best))) best = &row;
    if (!best) return false;
    c.leader = rows.front().trial.id;
    c.trials.assign(rows.begin(), rows.end());
    c.best = *best;
    reckon(c);
    return true;
}

std::vector<TrialRow> rows_of_round(const Study& study, int32_t round) {
    TrialQuery query;
    query.sort = "id";
    query.filter = "round=" + std::to_string(round);
    return study.trials(query);
}

void keep_best(std::vector<Candidate>& list, size_t top) {
    std::sort(list.begin(), list.end(), ahead);
    if (list.size() > top) list.resize(top);
}

std::vector<Candidate> single_trials(const Study& study, const std::vector<RoundRecord>& rounds, size_t top) {
    TrialQuery query;
    query.state = TrialState::complete;
    query.top = static_cast<int64_t>(top);
    for (const RoundRecord& round : rounds)
        if (confirmation_in(round)) query.filter += (query.filter.empty() ? "round!=" : " and round!=") + std::to_string(round.round);
    std::vector<Candidate> list;
    for (const TrialRow& row : study.trials(query))
        if (Candidate c; make_candidate(std::span(&row, 1), c)) list.push_back(std::move(c));
    return list;
}

/// The settings that finished rounds have confirmed.
std::vector<Candidate> confirmed(const Study& study, const SweepSettings& settings) {
    std::map<TrialId, std::vector<TrialRow>> fresh; // by leader
    for (const RoundRecord& round : study.rounds()) {
        const auto confirmation = confirmation_in(round);
        if (!confirmation) continue;
        const auto rows = rows_of_round(study, round.round);
        if (std::any_of(rows.begin(), rows.end(), [](const TrialRow& row) { return row.result.state == TrialState::waiting; })) continue;
        const auto seeds = static_cast<size_t>(confirmation->seeds);
        if (rows.size() != confirmation->leaders.size() * seeds)
            throw RuntimeFailure(study.path() + ": round " + std::to_string(round.round) +
                                 " does not have the trials that it names; the study was changed");
        for (size_t i = 0; i < rows.size(); ++i) fresh[confirmation->leaders[i / seeds]].push_back(rows[i]);
    }
    std::vector<Candidate> list;
    for (auto& [leader, rows] : fresh) {
        TrialQuery query;
        query.sort = "id";
        for (TrialId id = leader; id < leader + settings.nets_for_each(); ++id) query.ids.push_back(id);
        auto all = study.trials(query);
        all.insert(all.end(), rows.begin(), rows.end());
        Candidate c;
        if (!make_candidate(all, c)) continue;
        c.trials = std::move(rows);
        c.confirmed = true;
        reckon(c);
        list.push_back(std::move(c));
    }
    std::sort(list.begin(), list.end(), ahead);
    return list;
}

} // namespace

bool Candidate::sound() const { return std::isfinite(score.badness) && std::all_of(trials.begin(), trials.end(), complete); }

Score mean_score(std::span<const TrialRow> rows) {
    Score mean{0, 0};
    const auto n = static_cast<double>(rows.size());
    for (const TrialRow& row : rows) {
        mean.badness += row.score.badness / n;
        mean.loss += row.score.loss / n;
    }
    return mean;
}

std::vector<Candidate> searched(const Study& study, const SweepSettings& settings, size_t top) {
    const auto rounds = study.rounds();
    if (settings.nets_for_each() == 1) return single_trials(study, rounds, top);
    const auto nets = static_cast<size_t>(settings.nets_for_each());
    std::vector<Candidate> list;
    for (const RoundRecord& round : rounds) {
        if (confirmation_in(round)) continue;
        const auto rows = rows_of_round(study, round.round);
        for (size_t first = 0; first + nets <= rows.size(); first += nets)
            if (Candidate c; make_candidate(std::span(rows).subspan(first, nets), c)) list.push_back(std::move(c));
        keep_best(list, top);
    }
    return list;
}

std::vector<Candidate> ranking(const Study& study, const SweepSettings& settings, size_t top) {
    std::vector<Candidate> list = confirmed(study, settings), unsound;
    const size_t again = list.size();
    const auto first_unsound = std::find_if_not(list.begin(), list.end(), [](const Candidate& c) { return c.sound(); });
    std::move(first_unsound, list.end(), std::back_inserter(unsound));
    list.erase(first_unsound, list.end());
    if (list.size() < top) {
        const auto known = [&](const Candidate& c) {
            const auto same = [&](const Candidate& other) { return other.leader == c.leader; };
            return std::any_of(list.begin(), list.end(), same) || std::any_of(unsound.begin(), unsound.end(), same);
        };
        std::vector<Candidate> others;
        for (Candidate& c : searched(study, settings, top + again))
            if (!known(c)) others.push_back(std::move(c));
        std::move(unsound.begin(), unsound.end(), std::back_inserter(others));
        std::stable_sort(others.begin(), others.end(), [](const Candidate& a, const Candidate& b) { return a.sound() && !b.sound(); });
        std::move(others.begin(), others.end(), std::back_inserter(list));
    }
    if (list.size() > top) list.resize(top);
    return list;
}

std::vector<Candidate> to_confirm(const Study& study, const SweepSettings& settings, size_t count) {
    const auto done = confirmed(study, settings);
    // In a space of few values the search may have tried the same settings several times.
    for (size_t top = count + done.size();; top *= 2) {
        std::vector<Candidate> list;
        auto all = searched(study, settings, top);
        const bool more = all.size() >= top;
        for (Candidate& c : all) {
            const auto same = [&](const Candidate& other) { return other.best.trial.configuration == c.best.trial.configuration; };
            const bool again = std::any_of(done.begin(), done.end(), same) || std::any_of(list.begin(), list.end(), same);
            if (c.sound() && !again && list.size() < count) list.push_back(std::move(c));
        }
        if (list.size() == count || !more) return list;
    }
}

} // namespace caviar::study
