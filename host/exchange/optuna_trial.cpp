#include "host/exchange/optuna_trial.h"

#include "host/core/distribution.h"
#include "host/core/value.h"
#include "host/report/dates.h"
#include "host/report/json_lines.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>

namespace caviar::exchange {

namespace {

Json json(const Value& value) {
    return std::visit([](const auto& v) { return Json(v); }, value);
}

/// 1 - x to the fifteen decimals that a double near 1 holds: 0.001, not 0.0010000000000000009. It falls with x, so what lies within a range still does.
double complement(double x) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.15f", 1 - x);
    const double rounded = std::strtod(digits, nullptr);
    return rounded > 0 ? rounded : 1 - x;
}

Json events(const Study& study, TrialId id) {
    Json list = Json::array();
    for (const Event& event : study.events(id)) {
        Json changes = Json::object();
        for (const auto& [name, value] : event.changes) changes[name] = json(value);
        list.push_back({{"epoch", event.epoch}, {"copied_from", event.copied_from ? Json(*event.copied_from) : Json()}, {"changes", std::move(changes)}});
    }
    return list;
}

double as_shown(double metric) { return core::shortest_double(static_cast<float>(metric)); } // it was a float when it was measured

/// From the first one's beginning to the last one's end, where that is known of all.
void set_dates(OptunaTrial& trial, std::span<const TrialRow> nets) {
    double began = nets.front().result.began, ended = 0;
    for (const TrialRow& net : nets) {
        if (!net.result.dated()) return;
        began = std::min(began, net.result.began);
        ended = std::max(ended, net.result.ended);
    }
    trial.began = report::local_date(began);
    trial.ended = report::local_date(ended);
}

} // namespace

std::vector<int32_t> thinned(int32_t count, int32_t best) {
    std::set<int32_t> epochs;
    for (int32_t i = 0; i < std::min(count, most_points); ++i) {
        const double share = static_cast<double>(i) / (most_points - 1);
        epochs.insert(count <= most_points ? i : static_cast<int32_t>(std::lround(std::pow(count, share))) - 1);
    }
    if (best >= 0 && best < count) epochs.insert(best);
    return {epochs.begin(), epochs.end()};
}

OptunaStudy optuna_study(const Study& study) {
    const StudyHeader header = study.header();
    OptunaStudy out;
    out.name = std::filesystem::path(study.path()).stem().string();
    out.maximise = higher_is_better(header.metric);
    out.metric = "valid_" + to_string(header.metric);
    out.attributes = Json::object(); // what a person looks for comes first
    for (const char* key : {study::test_note, study::winner_note, study::panda_note})
        if (const auto note = study.note(key)) out.attributes[key] = Json::parse(*note);
    out.attributes.update({{"data", header.data}, {"fingerprint", header.fingerprint}, {"made_by", header.build}, {"settings", Json::parse(header.settings)}});
    Json rounds = Json::array();
    for (const RoundRecord& round : study.rounds()) {
        const Json state = Json::parse(round.state, nullptr, false);
        rounds.push_back(state.is_discarded() ? Json(round.state) : state);
    }
    out.attributes["rounds"] = std::move(rounds); // with the boxes that a search narrowed down to
    return out;
}

std::string OptunaTranslation::text(const Counterpart& c, double low, double high) {
    switch (c.distribution.kind) {
    case DistributionKind::uniform:
    case DistributionKind::log:
    case DistributionKind::beta: {
        const bool log = c.distribution.kind != DistributionKind::uniform;
        return report::dump({{"name", "FloatDistribution"}, {"attributes", {{"step", nullptr}, {"low", low}, {"high", high}, {"log", log}}}});
    }
    case DistributionKind::integer:
    case DistributionKind::logint:
    case DistributionKind::pow2: {
        const bool log = c.distribution.kind != DistributionKind::integer;
        return report::dump({{"name", "IntDistribution"},
                             {"attributes", {{"log", log}, {"step", 1}, {"low", std::llround(low)}, {"high", std::llround(high)}}}});
    }
    default: {
        Json choices = Json::array();
        for (const Value& choice : c.choices) choices.push_back(json(choice));
        return report::dump({{"name", "CategoricalDistribution"}, {"attributes", {{"choices", std::move(choices)}}}});
    }
    }
}

OptunaTranslation::Counterpart OptunaTranslation::counterpart(const Parameter& p) {
    Counterpart c{p.name, p.name, p.distribution, p.distribution.low, p.distribution.high, {}, {}};
    if (p.distribution.kind == DistributionKind::beta) {
        c.theirs = "one_minus_" + p.name;
        c.low = complement(p.distribution.high);
        c.high = complement(p.distribution.low);
    }
    for (const Value& choice : p.distribution.choices)
        if (std::none_of(c.choices.begin(), c.choices.end(), [&](const Value& v) { return core::same(v, choice); })) c.choices.push_back(choice);
    c.text = text(c, c.low, c.high);
    return c;
}

OptunaTranslation::OptunaTranslation(const Study& study) : study_(study) {
    const SweepSettings settings = settings_from_json(study.header().settings);
    changing_ = settings.scheduler.name == "pbt" || study::is_panda(study);
    for (const Parameter* p : settings.space.varying()) counterparts_.push_back(counterpart(*p));
    if (const auto note = study.note(study::test_note)) test_ = test_report_from_json(*note);
    if (const auto best = study.best()) winner_ = best->trial.id;
}

OptunaTrial OptunaTranslation::operator()(const TrialRow& row) const {
    OptunaTrial out;
    set_dates(out, std::span(&row, 1));
    const auto& curve = row.result.curve;
    for (const int32_t epoch : thinned(static_cast<int32_t>(curve.size()), row.result.best_epoch))
        if (const float metric = curve[static_cast<size_t>(epoch)].valid_metric; std::isfinite(metric))
            out.intermediate.emplace_back(epoch, core::shortest_double(metric));
    if (row.result.state == TrialState::stopped) {
        out.state = OptunaState::pruned;
        if (!out.intermediate.empty()) out.value = out.intermediate.back().second;
    } else if (row.result.state == TrialState::complete && std::isfinite(row.metric)) { // a final value that is no number cannot be stored
        out.state = OptunaState::complete;
        out.value = as_shown(row.metric);
    }

    Json& attributes = out.attributes = {{"caviar_trial", row.trial.id}, {"round", row.trial.round}, {"state", to_string(row.result.state)},
                                         {"epochs", row.epochs}, {"seconds", row.result.seconds}, {"seed", row.trial.hyperparameters.seed}};
    if (row.result.best_epoch >= 0) {
        attributes["best_epoch"] = row.result.best_epoch;
        if (std::isfinite(row.metric)) attributes["best_metric"] = as_shown(row.metric);
        if (std::isfinite(row.score.loss)) attributes["valid_loss"] = as_shown(row.score.loss);
    }
    if (row.trial.id == winner_) attributes["winner"] = true;
    if (test_ && row.trial.id == test_->trial) attributes["test_" + to_string(test_->metric)] = as_shown(test_->test);
    if (changing_) attributes["events"] = events(study_, row.trial.id);
    add_parameters(row.trial.configuration, out);
    return out;
}

OptunaTrial OptunaTranslation::operator()(std::span<const TrialRow> folds) const {
    OptunaTrial out;
    const auto each = [&](const auto& is) { return std::all_of(folds.begin(), folds.end(), is); };
    const auto some = [&](const auto& is) { return std::any_of(folds.begin(), folds.end(), is); };
    const auto n = static_cast<double>(folds.size());

    size_t epochs = folds.front().result.curve.size();
    for (const TrialRow& row : folds) epochs = std::min(epochs, row.result.curve.size());
    for (const int32_t epoch : thinned(static_cast<int32_t>(epochs), -1)) {
        double mean = 0;
        for (const TrialRow& row : folds) mean += row.result.curve[static_cast<size_t>(epoch)].valid_metric / n;
        if (std::isfinite(mean)) out.intermediate.emplace_back(epoch, as_shown(mean));
    }
    const auto complete = [](const TrialRow& row) { return row.result.state == TrialState::complete && std::isfinite(row.metric); };
    const auto stopped = [](const TrialRow& row) { return row.result.state == TrialState::stopped; };
    if (each(complete)) {
        double mean = 0;
        for (const TrialRow& row : folds) mean += row.metric / n;
        out.state = OptunaState::complete;
        out.value = as_shown(mean);
    } else if (each([&](const TrialRow& row) { return complete(row) || stopped(row); })) {
        out.state = OptunaState::pruned;
        if (!out.intermediate.empty()) out.value = out.intermediate.back().second;
    }

    Json ids = Json::array(), states = ids, metrics = ids, best_epochs = ids, seeds = ids;
    int64_t trained = 0;
    double seconds = 0;
    for (const TrialRow& row : folds) {
        ids.push_back(row.trial.id);
        states.push_back(to_string(row.result.state));
        metrics.push_back(std::isfinite(row.metric) ? Json(as_shown(row.metric)) : Json());
        best_epochs.push_back(row.result.best_epoch >= 0 ? Json(row.result.best_epoch) : Json());
        seeds.push_back(row.trial.hyperparameters.seed);
        trained += row.epochs;
        seconds += row.result.seconds;
    }
    set_dates(out, folds);
    out.attributes = {{"caviar_trials", std::move(ids)}, {"round", folds.front().trial.round}, {"fold_states", std::move(states)},
                      {"fold_metrics", std::move(metrics)}, {"fold_best_epochs", std::move(best_epochs)}, {"fold_seeds", std::move(seeds)},
                      {"epochs", trained}, {"seconds", seconds}};
    if (some([&](const TrialRow& row) { return row.trial.id == winner_; })) out.attributes["winner"] = true;
    add_parameters(folds.front().trial.configuration, out);
    return out;
}

void OptunaTranslation::add_parameters(const Configuration& configuration, OptunaTrial& out) const {
    Json& attributes = out.attributes;
    for (const auto& [name, value] : configuration) {
        const auto c = std::find_if(counterparts_.begin(), counterparts_.end(), [&name = name](const Counterpart& known) { return known.ours == name; });
        if (c == counterparts_.end()) continue; // the same in every trial: among the study's settings
        const auto number = core::as_double(value);
        if (c->distribution.numeric() && number) {
            const bool beta = c->distribution.kind == DistributionKind::beta;
            const double x = beta ? complement(*number) : *number;
            if (beta) attributes[name] = *number;
            const bool inside = x >= c->low && x <= c->high;
            out.parameters.push_back({c->theirs, x, inside ? c->text : text(*c, std::min(c->low, x), std::max(c->high, x))});
        } else if (const auto at = std::find_if(c->choices.begin(), c->choices.end(), [&value = value](const Value& v) { return core::same(v, value); }); at != c->choices.end()) {
            out.parameters.push_back({c->theirs, static_cast<double>(at - c->choices.begin()), c->text});
        } else {
            attributes[name] = json(value); // what its choices do not have: they must be the same in every trial
        }
    }
}

} // namespace caviar::exchange
