#include "host/cli/report_page.h"

#include "host/report/dates.h"
#include "host/report/efficiency.h"
#include "host/report/json_lines.h"
#include "host/report/time_line.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace caviar::cli {

namespace {

using report::json_number;

constexpr int64_t most_rows = 20000, most_best = 2000; // a browser sorts and draws so many without a pause; some 2 MB
constexpr size_t most_points = 40000, front = 20;      // of curves: about 1 MB
constexpr size_t most_shown = 200;                    // points of one curve
constexpr int32_t shuffles = 16;                       // orders of the trials: Sobol points in a row are more even than independent ones
constexpr size_t most_stretches = 600;                 // of the time line: about what a screen is wide

/// All trials by id; of more than `most_rows` the best and every so-many-th.
std::vector<TrialRow> some_rows(const Study& study, const report::StudyFacts& facts) {
    TrialQuery query;
    query.sort = "id";
    if (facts.counts.trials <= most_rows) return study.trials(query);
    TrialQuery leading;
    leading.top = most_best;
    std::set<TrialId> ids;
    for (const TrialRow& row : study.trials(leading)) ids.insert(row.trial.id);
    if (facts.best) ids.insert(facts.best->trial.id);
    const int64_t step = facts.counts.trials / (most_rows - most_best) + 1;
    for (TrialId id = 0; id < facts.counts.trials; id += step) ids.insert(id);
    query.ids.assign(ids.begin(), ids.end());
    return study.trials(query);
}

Document rows_document(const std::vector<TrialRow>& rows, const SearchSpace& space) {
    constexpr std::array names{"id", "round", "state", "metric", "loss", "best_epoch", "epochs", "seconds"};
    Document columns = Document::object(), settings = Document::object();
    for (const char* name : names) columns[name] = Document::array();
    for (const Parameter& parameter : space.parameters()) settings[parameter.name] = Document::array();
    for (const TrialRow& row : rows) {
        const Document one = trial_document(row, false);
        for (const char* name : names) columns[name].push_back(one[name]);
        for (auto& [name, column] : settings.items()) column.push_back(one["settings"].contains(name) ? one["settings"][name] : Document());
    }
    columns["settings"] = std::move(settings);
    return columns;
}

/// Epochs from 1 to the last of all; of more than `most_shown` some, evenly on the logarithmic axis that they are drawn on.
std::vector<int32_t> epochs_drawn(int32_t last) {
    std::set<int32_t> epochs;
    for (int32_t k = 0; last > 0 && k < static_cast<int32_t>(most_shown); ++k)
        epochs.insert(last <= static_cast<int32_t>(most_shown) ? std::min(k + 1, last) : static_cast<int32_t>(std::lround(std::pow(last, k / (most_shown - 1.0)))));
    return {epochs.begin(), epochs.end()};
}

/// The trials whose curves are drawn: the best ones first, then others evenly by rank.
std::vector<TrialId> curves_drawn(const std::vector<TrialRow>& rows, const std::optional<TrialRow>& best, size_t points) {
    std::vector<const TrialRow*> ranked;
    for (const TrialRow& row : rows)
        if (row.epochs > 0) ranked.push_back(&row);
    const auto is_best = [&](const TrialRow* row) { return best && row->trial.id == best->trial.id; };
    std::stable_sort(ranked.begin(), ranked.end(), [&](const TrialRow* a, const TrialRow* b) { return is_best(a) != is_best(b) ? is_best(a) : a->score < b->score; });
    const size_t most = std::max(2 * front, most_points / std::max<size_t>(points, 1));
    std::vector<TrialId> ids;
    for (size_t i = 0; i < std::min(most, ranked.size()); ++i) {
        const size_t at = ranked.size() <= most || i < front ? i : front + (i - front) * (ranked.size() - front) / (most - front);
        ids.push_back(ranked[at]->trial.id);
    }
    return ids;
}

Document curves_document(const Study& study, const std::vector<TrialRow>& rows, const std::optional<TrialRow>& best) {
    int32_t last = 0;
    for (const TrialRow& row : rows) last = std::max(last, row.epochs);
    const std::vector<int32_t> at = epochs_drawn(last);
    TrialQuery query;
    query.sort = "id";
    query.curves = true;
    query.ids = curves_drawn(rows, best, at.size());
    Document train = Document::array(), valid = Document::array(), metric = Document::array();
    if (!query.ids.empty()) {
        const std::vector<TrialRow> found = study.trials(query);
        for (const TrialId id : query.ids) {
            const auto row = std::lower_bound(found.begin(), found.end(), id, [](const TrialRow& r, TrialId key) { return r.trial.id < key; });
            Document one_train = Document::array(), one_valid = Document::array(), one_metric = Document::array();
            for (const int32_t epoch : at) {
                if (epoch > static_cast<int32_t>(row->result.curve.size())) break;
                const EpochLosses& losses = row->result.curve[static_cast<size_t>(epoch) - 1];
                one_train.push_back(json_number(losses.train_loss));
                one_valid.push_back(json_number(losses.valid_loss));
                one_metric.push_back(json_number(losses.valid_metric));
            }
            train.push_back(std::move(one_train));
            valid.push_back(std::move(one_valid));
            metric.push_back(std::move(one_metric));
        }
    }
    return {{"id", query.ids}, {"at", at}, {"train_loss", std::move(train)}, {"valid_loss", std::move(valid)}, {"valid_metric", std::move(metric)}};
}

/// Metrics of the trials that are independent draws from the whole space: all of a random search, those of a first round elsewhere.
std::vector<double> independent_metrics(const report::StudyFacts& facts, const std::vector<TrialRow>& rows) {
    const SamplerOptions& sampler = facts.settings.sampler;
    const bool copies = facts.settings.scheduler.name == "pbt", informed = !sampler.plan.empty() || !sampler.warm_start.empty();
    std::vector<double> metrics;
    if (facts.panda || facts.settings.nets_for_each() > 1 || copies || informed || sampler.name == "grid" || sampler.name == "coordinate") return metrics;
    if (sampler.name == "random" || sampler.name == "sobol") {
        const double sign = higher_is_better(facts.metric) ? -1 : 1;
        for (size_t i = 0; i < facts.history.size(); ++i) metrics.push_back(sign * facts.history.score(i).badness);
    } else {
        for (const TrialRow& row : rows)
            if (row.trial.round == 0 && row.result.state != TrialState::waiting) metrics.push_back(row.metric);
    }
    return metrics;
}

Document efficiency_document(const report::StudyFacts& facts, const std::vector<TrialRow>& rows) {
    const std::vector<double> metrics = independent_metrics(facts, rows);
    if (metrics.size() < 2) return {};
    Document points = Document::array();
    for (const report::EfficiencyPoint& p : report::best_of_curve(metrics, higher_is_better(facts.metric), {{}, shuffles, facts.settings.sampler.seed}))
        points.push_back({{"size", p.size},
                          {"experiments", p.experiments},
                          {"lowest", json_number(p.lowest)},
                          {"lower_quartile", json_number(p.lower_quartile)},
                          {"median", json_number(p.median)},
                          {"upper_quartile", json_number(p.upper_quartile)},
                          {"highest", json_number(p.highest)}});
    return {{"trials", metrics.size()}, {"points", std::move(points)}};
}

/// Ranks to four digits: more than a picture shows.
void shorten(Document& ranks) {
    if (ranks.is_array()) {
        for (Document& one : ranks) shorten(one);
    } else ranks = std::round(ranks.get<double>() * 1e4) / 1e4;
}

double rounded(double value, double parts) { return std::round(value * parts) / parts; }

/// Null where no trial is dated, and of a panda, which trains one model at a time.
Document time_line_document(const Study& study, const report::StudyFacts& facts, const std::vector<TrialRow>& rows) {
    if (facts.panda) return {};
    const std::vector<report::TimedTrial> trials = report::timed_trials(study);
    const std::vector<Run> runs = study.runs(); // after the trials: a sweep that is under way may begin another
    const auto times = report::run_times(trials, runs, most_stretches);
    if (times.empty()) return {};
    Document list = Document::array();
    std::map<int32_t, size_t> place;
    for (const report::RunTimes& t : times) {
        const Run& run = runs[static_cast<size_t>(t.run)];
        place[t.run] = list.size();
        Document one{{"engine", run.engine}, {"device", run.device}, {"threads", run.threads}, {"began", report::utc_date(t.began)},
                     {"seconds", rounded(t.ended - t.began, 1e6)}, {"trials", t.trials}, {"busy", rounded(t.busy, 1e4)}};
        for (size_t state = 0; state < t.under_way.size(); ++state) {
            Document means = Document::array();
            for (const double mean : t.under_way[state]) means.push_back(std::abs(rounded(mean, 1e3)));
            one["under_way"][to_string(report::time_line_states[state])] = std::move(means);
        }
        list.push_back(std::move(one));
    }
    Document run = Document::array(), began = Document::array(), ended = Document::array();
    for (const TrialRow& row : rows) {
        const auto found = place.find(row.run);
        const bool known = found != place.end();
        const double from = known ? times[found->second].began : 0;
        run.push_back(known ? Document(found->second) : Document());
        began.push_back(known ? Document(rounded(row.result.began - from, 1e6)) : Document());
        ended.push_back(known ? Document(rounded(row.result.ended - from, 1e6)) : Document());
    }
    return {{"runs", std::move(list)}, {"run", std::move(run)}, {"began", std::move(began)}, {"ended", std::move(ended)}};
}

} // namespace

Document page_document(const Study& study, const report::StudyFacts& facts, const std::optional<importance::Importance>& found, const std::vector<report::Advice>& advice) {
    Document page = report_document(study, facts, found, advice);
    if (found) {
        page["importance"] = importance_document(*found, facts.settings.space, std::numeric_limits<size_t>::max());
        for (Document& pair : page["importance"]["interactions"]) shorten(pair["ranks"]);
    }
    const std::vector<TrialRow> rows = some_rows(study, facts);
    page["version"] = CAVIAR_VERSION;
    page["trials_in_all"] = facts.counts.trials;
    page["trials"] = rows_document(rows, facts.settings.space);
    page["curves"] = curves_document(study, rows, facts.best);
    page["efficiency"] = efficiency_document(facts, rows);
    page["time_line"] = time_line_document(study, facts, rows);
    return page;
}

} // namespace caviar::cli
