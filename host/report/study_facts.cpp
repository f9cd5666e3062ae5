#include "host/report/study_facts.h"

#include "host/study/candidate.h"
#include "host/study/confirmation.h"
#include "host/study/own_score.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <cmath>

namespace caviar::report {
namespace {

constexpr TrialId page = 8192;       // trials read at a time, so that a million pass through bounded memory
constexpr size_t top_settings = 10;
constexpr size_t most_stretches = 6; // columns of a table
constexpr size_t quarters = 4;

/// What is kept of every trial.
struct Point {
    TrialId id;
    int32_t round;
    double badness;
};

double metric_of(double badness, Metric metric) {
    if (!std::isfinite(badness)) return std::numeric_limits<double>::quiet_NaN();
    return (higher_is_better(metric) ? -badness : badness) + 0.0;
}

/// Reads all trials, a page at a time, into the history and the sums; returns the finished ones by id. Those that only confirm
/// settings are no part of the search.
std::vector<Point> read_trials(const Study& study, const std::vector<RoundRecord>& rounds, StudyFacts& facts) {
    std::vector<Point> points;
    std::vector<bool> confirms;
    for (const RoundRecord& round : rounds) confirms.push_back(study::confirmation_in(round).has_value());
    const bool copies = facts.settings.scheduler.name == "pbt";
    for (TrialId first = 0; first < facts.counts.trials; first += page) {
        TrialQuery query;
        query.sort = "id";
        query.curves = copies;
        query.filter = "id>=" + std::to_string(first) + " and id<" + std::to_string(first + page);
        std::vector<Observation> seen;
        for (TrialRow& row : study.trials(query)) {
            if (row.result.state == TrialState::waiting) continue;
            facts.epochs_possible += row.trial.hyperparameters.epochs;
            if (row.result.state == TrialState::stopped) ++facts.stopped_after[row.epochs];
            if (const auto round = static_cast<size_t>(row.trial.round); round < confirms.size() && confirms[round]) continue;
            const Score score = copies ? study::own_score(study, row) : row.score;
            points.push_back({row.trial.id, row.trial.round, score.badness});
            seen.push_back({row.trial.id, row.trial.round, std::move(row.trial.configuration), score});
        }
        facts.history.tell(seen);
    }
    return points;
}

Stretch stretch_of(std::span<Point> points, Metric metric) {
    Stretch s;
    s.first_round = points.front().round;
    s.last_round = points.back().round;
    s.first = points.front().id;
    s.last = points.back().id;
    s.finished = static_cast<int64_t>(points.size());
    s.diverged = std::count_if(points.begin(), points.end(), [](const Point& p) { return !std::isfinite(p.badness); });
    std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.badness < b.badness; });
    s.best = metric_of(points.front().badness, metric);
    s.median = metric_of(points[(points.size() - 1) / 2].badness, metric);
    return s;
}

std::vector<Stretch> stretches_of(std::vector<Point> points, const std::vector<RoundRecord>& rounds, Metric metric) {
    std::vector<Stretch> list;
    if (points.empty()) return list;
    const auto last = static_cast<size_t>(points.back().round);
    const size_t parts = last == 0 ? std::min(quarters, points.size()) : std::min(most_stretches, last + 1);
    double so_far = std::numeric_limits<double>::quiet_NaN();
    for (size_t begin = 0, part = 1; part <= parts; ++part) {
        size_t end = begin;
        if (last == 0) end = points.size() * part / parts;
        else while (end < points.size() && static_cast<size_t>(points[end].round) < (last + 1) * part / parts) ++end;
        if (end == begin) continue; // its trials were asked for, and none has finished
        list.push_back(stretch_of(std::span(points).subspan(begin, end - begin), metric));
        Stretch& now = list.back();
        const auto round = static_cast<size_t>(now.last_round);
        if (round < rounds.size()) now.state = rounds[round].state;
        const bool better = std::isnan(so_far) || (higher_is_better(metric) ? now.best > so_far : now.best < so_far);
        if (better) so_far = now.best;
        now.best_so_far = so_far;
        begin = end;
    }
    return list;
}

} // namespace

std::vector<Ancestor> lineage(const Study& study, TrialId id) {
    std::vector<Ancestor> steps; // the youngest first
    int32_t until = std::numeric_limits<int32_t>::max();
    for (TrialId trial = id;;) {
        std::optional<TrialId> from;
        const std::vector<Event> events = study.events(trial);
        for (auto event = events.rbegin(); event != events.rend() && !from; ++event) {
            if (event->epoch >= until) continue;
            steps.push_back({trial, event->epoch, event->changes});
            from = event->copied_from;
            until = event->epoch;
        }
        if (!from) {
            TrialQuery query;
            query.ids = {trial};
            const auto rows = study.trials(query);
            if (!rows.empty()) steps.push_back({trial, 0, rows.front().trial.configuration});
            break;
        }
        trial = *from;
    }
    if (steps.size() < 2) return {};
    std::reverse(steps.begin(), steps.end());
    return steps;
}

StudyFacts::StudyFacts(const Study& study)
    : path(study.path()), settings(settings_from_json(study.header().settings)), metric(study.header().metric), counts(study.counts()),
      panda(study::is_panda(study)), budget(panda ? counts.trials : study::budget_of(settings, study)),
      finished(panda || study::is_finished(study, budget)), retuned(study.note(study::retune_note).has_value()), best(study.best()), history(settings.space) {
    if (!panda) budget = study::trials_in_all(settings, budget);
    const auto ranked = study::ranking(study, settings, top_settings);
    if (!ranked.empty()) leader = ranked.front().leader;
    for (const study::Candidate& candidate : ranked)
        if (candidate.sound()) top.push_back(candidate.best);
    if (best) {
        const auto worth = [&](const TrialRow& row) {
            const auto its = std::find_if(ranked.begin(), ranked.end(), [&](const study::Candidate& c) { return c.best.trial.id == row.trial.id && c.sound(); });
            return settings.nets_for_each() > 1 && its != ranked.end() ? its->metric : row.metric;
        };
        best_metric = worth(*best);
        const auto other = std::find_if(top.begin(), top.end(), [&](const TrialRow& row) { return row.trial.configuration != best->trial.configuration; });
        if (other != top.end()) {
            runner_up = *other;
            runner_up_metric = worth(*other);
        }
        lineage = report::lineage(study, best->trial.id);
    }
    if (const auto text = study.note(study::test_note)) test = test_report_from_json(*text);
    if (test && (!best || test->trial != best->trial.id)) test.reset(); // of a winner that was beaten since
    if (const auto text = study.note(study::winner_note)) winner = winner_report_from_json(*text);
    if (winner && (!best || winner->trial != best->trial.id)) winner.reset();
    if (panda) return;
    const std::vector<RoundRecord> rounds = study.rounds();
    stretches = stretches_of(read_trials(study, rounds, *this), rounds, metric);
}

} // namespace caviar::report
