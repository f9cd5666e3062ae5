#include "host/study/retune.h"

#include "caviar/error.h"
#include "host/study/candidate.h"
#include "host/study/no_best.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace caviar::study {

namespace {

constexpr double false_alarms = 0.05;
constexpr int32_t last_of_comparison = 1; // the round

/// The standard normal's quantile, by halving: 60 steps from (-10, 10) are the precision of a double.
double normal_quantile(double share) {
    double low = -10, high = 10;
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (0.5 * std::erfc(-middle / std::numbers::sqrt2) < share ? low : high) = middle;
    }
    return (low + high) / 2;
}

std::vector<TrialRow> finished(const Study& study, const std::string& filter) {
    TrialQuery query;
    query.sort = "id";
    query.filter = filter;
    query.state = TrialState::complete;
    return study.trials(query);
}

double least(const std::vector<TrialRow>& rows) {
    double best = std::numeric_limits<double>::infinity();
    for (const TrialRow& row : rows) best = std::min(best, row.score.badness);
    return best;
}

} // namespace

SweepSettings retune_settings(const Study& old, SweepSettings data, RetunePlan& plan, int64_t trials) {
    const auto best = old.best();
    if (!best) throw RuntimeFailure(why_no_best(old, old.path()));
    if (is_panda(old)) throw UsageError(old.path() + ": is the study of one babysat model; retune takes a sweep's");
    SweepSettings settings = settings_from_json(old.header().settings);
    if (settings.space.find("seed"))
        throw UsageError(old.path() + ": its space varies or fixes the seed, so its settings cannot be trained with fresh seeds and their noise not be told");
    if (!old.events(best->trial.id).empty())
        throw UsageError(old.path() + ": its winner, trial " + std::to_string(best->trial.id) + ", changed its settings in mid-training (pbt), so there are none to train again");
    settings.data = data.data;
    settings.valid_file.clear();
    settings.test_file.clear();
    settings.valid_labels.clear();
    settings.test_labels.clear();
    settings.read = data.read;
    data.prepare.scalings = settings.prepare.scalings;
    settings.prepare = data.prepare;
    settings.prepare.folds = {}; // many seeds are compared on the same rows
    settings.metric = old.header().metric;
    settings.initial.model = old.header().initial;
    const uint64_t seed = settings.sampler.seed;
    settings.sampler = {};
    settings.sampler.seed = seed;
    settings.sampler.trials = trials;
    settings.scheduler = {};
    settings.confirm = {}; // the comparison has seeds of its own
    settings.repeats = 1;
    WarmStart& warm = settings.sampler.warm_start;
    warm.from = {old.path()};
    warm.map = {};
    std::vector<Configuration> others;
    for (const Candidate& candidate : ranking(old, settings_from_json(old.header().settings), 50 * (static_cast<size_t>(plan.tops) + 1))) { // some may be alike
        const Configuration& c = candidate.best.trial.configuration;
        const bool known = c == best->trial.configuration || std::find(others.begin(), others.end(), c) != others.end();
        if (!known && std::ssize(others) < plan.tops) others.push_back(c);
    }
    plan.tops = static_cast<int32_t>(others.size());
    warm.first.assign(static_cast<size_t>(plan.seeds), best->trial.configuration);
    warm.first.insert(warm.first.end(), others.begin(), others.end());
    return settings;
}

RetuneReport judge(const Study& study, const RetunePlan& plan, std::optional<double> as_is) {
    const double sign = higher_is_better(study.header().metric) ? -1 : 1; // badness is metric times sign
    RetuneReport report;
    std::vector<TrialRow> others;
    std::vector<double> ours;
    for (TrialRow& row : finished(study, "round<" + std::to_string(last_of_comparison + 1))) {
        if (row.trial.id < plan.seeds) ours.push_back(row.score.badness);
        else others.push_back(std::move(row));
    }
    const auto n = static_cast<double>(ours.size());
    report.seeds = static_cast<int32_t>(ours.size());
    report.others = std::ssize(others);
    double mean = 0, squares = 0;
    for (const double b : ours) mean += b / n;
    for (const double b : ours) squares += (b - mean) * (b - mean);
    report.mean = sign * mean;
    report.deviation = n > 1 ? std::sqrt(squares / (n - 1)) : 0;
    const auto margin = [&](double of) { return report.deviation * std::sqrt(1 + 1 / n) * normal_quantile(1 - false_alarms / of); };
    if (n > 0 && report.others > 0) report.margin = margin(static_cast<double>(report.others));
    if (n > 0) report.model_margin = margin(1);
    const double best = least(others);
    for (TrialRow& row : others)
        if (row.score.badness == best && !report.best_other) report.best_other = std::move(row);

    const bool hold = !ours.empty() && !(best < mean - report.margin);
    const double to_reach = hold ? mean : best;
    if (as_is && std::isfinite(to_reach) && sign * *as_is <= to_reach + report.model_margin) report.verdict = Verdict::model_holds;
    else report.verdict = hold ? Verdict::settings_hold : Verdict::settings_fail;
    return report;
}

bool retuned_enough(const Study& study, const RetunePlan& plan, std::optional<double> as_is, int32_t round) {
    if (round < last_of_comparison) return false;
    const RetuneReport report = judge(study, plan, as_is);
    if (round == last_of_comparison) return report.verdict != Verdict::settings_fail;
    const double before = least(finished(study, "round<" + std::to_string(round))), now = least(finished(study, "round=" + std::to_string(round)));
    return !(now < before - report.deviation);
}

} // namespace caviar::study
