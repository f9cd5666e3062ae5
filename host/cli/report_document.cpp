#include "host/cli/report_document.h"

#include "host/report/json_lines.h"
#include "host/report/round_box.h"

#include <algorithm>

namespace caviar::cli {

namespace {

using report::json_number;

Document box_document(const std::string& state) {
    Document box = Document::object();
    for (const report::BoxSide& side : report::round_box(state)) {
        if (side.range) box[side.name] = {{"low", document(side.range->first)}, {"high", document(side.range->second)}};
        else if (!side.held.empty()) box[side.name] = {{"held", side.held}};
        else box[side.name] = Document::object();
        for (const auto& [value, weight] : side.weights) box[side.name][value] = json_number(weight);
    }
    return box;
}

Document search_document(const std::vector<report::Stretch>& stretches) {
    Document list = Document::array();
    for (const report::Stretch& s : stretches) {
        list.push_back({{"rounds", {s.first_round, s.last_round}},
                        {"trials", {s.first, s.last}},
                        {"finished", s.finished},
                        {"diverged", s.diverged},
                        {"best", json_number(s.best)},
                        {"median", json_number(s.median)},
                        {"best_so_far", json_number(s.best_so_far)},
                        {"box", box_document(s.state)}});
    }
    return list;
}

Document share_document(const importance::Share& share) {
    return {{"share", json_number(share.share)}, {"low", json_number(share.low)}, {"high", json_number(share.high)}};
}

Document lineage_document(const std::vector<report::Ancestor>& lineage) {
    Document list = Document::array();
    for (const report::Ancestor& step : lineage) {
        Document settings = Document::object();
        for (const auto& [name, value] : step.settings) settings[name] = document(value);
        list.push_back({{"trial", step.trial}, {"epoch", step.epoch}, {"settings", std::move(settings)}});
    }
    return list;
}

} // namespace

Document importance_document(const importance::Importance& found, const SearchSpace& space, size_t most_pairs) {
    Document effects = Document::array(), pairs = Document::array();
    for (const importance::Effect& effect : found.effects) {
        Document one{{"name", effect.name}}, values = Document::array();
        one.update(share_document(effect.share));
        for (const double unit : effect.units) values.push_back(document(space.find(effect.name)->distribution.at(unit)));
        one["values"] = std::move(values);
        one["ranks"] = effect.ranks;
        effects.push_back(std::move(one));
    }
    for (size_t i = 0; i < std::min(most_pairs, found.interactions.size()); ++i) {
        const importance::Interaction& pair = found.interactions[i];
        Document one{{"names", {found.effects[pair.first].name, found.effects[pair.second].name}}}, rows = Document::array();
        one.update(share_document(pair.share));
        const auto columns = static_cast<std::ptrdiff_t>(found.effects[pair.second].units.size());
        for (auto at = pair.ranks.begin(); at != pair.ranks.end(); at += columns) rows.push_back(std::vector<double>(at, at + columns));
        one["ranks"] = std::move(rows);
        pairs.push_back(std::move(one));
    }
    return {{"trials", found.trials}, {"agreement", json_number(found.agreement)}, {"told", found.told()}, {"effects", std::move(effects)}, {"interactions", std::move(pairs)}};
}

Document report_document(const Study& study, const report::StudyFacts& facts, const std::optional<importance::Importance>& found, const std::vector<report::Advice>& advice) {
    Document after = Document::object(), list = Document::array();
    for (const auto& [epochs, trials] : facts.stopped_after) after[std::to_string(epochs)] = trials;
    for (const report::Advice& one : advice) list.push_back({{"why", one.why}, {"flags", one.flags}});
    Document report{{"study", facts.path},
                    {"state", facts.counts.trials == 0 ? "empty" : facts.finished ? "finished" : "unfinished"},
                    {"metric", to_string(facts.metric)},
                    {"higher_is_better", higher_is_better(facts.metric)},
                    {"settings", Document::parse(to_json(facts.settings))},
                    {"counts", counts_document(facts.counts)},
                    {"epochs", facts.counts.epochs},
                    {"training_seconds", json_number(facts.counts.seconds)},
                    {"best", facts.best ? trial_document(*facts.best, false) : Document()},
                    {"best_metric", json_number(facts.best_metric)},
                    {"runner_up_metric", json_number(facts.runner_up_metric)},
                    {"runner_up", facts.runner_up ? trial_document(*facts.runner_up, false) : Document()},
                    {"test", facts.test ? Document::parse(to_json(*facts.test)) : Document()},
                    {"winner", facts.winner ? Document::parse(to_json(*facts.winner)) : Document()},
                    {"search", search_document(facts.stretches)},
                    {"importance", found ? importance_document(*found, facts.settings.space, 10) : Document()},
                    {"stopped", {{"after", std::move(after)}, {"epochs_possible", facts.epochs_possible}}},
                    {"lineage", lineage_document(facts.lineage)},
                    {"advice", std::move(list)}};
    if (facts.panda) {
        TrialQuery query;
        query.sort = "id";
        report["branches"] = trials_document(study, study.trials(query), false)["trials"];
    }
    return report;
}

} // namespace caviar::cli
