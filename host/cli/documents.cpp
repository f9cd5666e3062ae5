#include "host/cli/documents.h"

#include "host/report/dates.h"
#include "host/report/json_lines.h"
#include "host/study/same_study.h"

namespace caviar::cli {

using report::json_number;

Document document(const Value& value) {
    return std::visit(
        [](const auto& v) -> Document {
            if constexpr (std::is_same_v<std::decay_t<decltype(v)>, double>) return json_number(v);
            else return v;
        },
        value);
}

namespace {

Document date(const TrialRow& row, double seconds) { return row.result.dated() ? Document(report::utc_date(seconds)) : Document(); }

} // namespace

Document trial_document(const TrialRow& row, bool curve) {
    Document settings = Document::object(), resolved = Document::object();
    for (const auto& [name, value] : row.trial.configuration) settings[name] = document(value);
    const Hyperparameters& h = row.trial.hyperparameters;
    for (const Field& field : fields()) {
        const std::string name(field.name);
        // Widths go as one list: `units` alone would not say it all.
        if (name != "units" && !name.starts_with("units_")) resolved[name] = document(get(h, name));
    }
    resolved["hidden"] = h.hidden;
    Document trial{{"id", row.trial.id},
                   {"round", row.trial.round},
                   {"state", to_string(row.result.state)},
                   {"metric", json_number(static_cast<float>(row.metric))},
                   {"loss", json_number(static_cast<float>(row.score.loss))},
                   {"best_epoch", row.result.best_epoch < 0 ? Document() : Document(row.result.best_epoch)},
                   {"epochs", row.epochs},
                   {"seconds", json_number(row.result.seconds)},
                   {"began", date(row, row.result.began)},
                   {"ended", date(row, row.result.ended)},
                   {"device", row.device.empty() ? Document() : Document(row.device)},
                   {"settings", std::move(settings)},
                   {"hyperparameters", std::move(resolved)}};
    if (curve) {
        Document train = Document::array(), valid = Document::array(), metric = Document::array();
        for (const EpochLosses& epoch : row.result.curve) {
            train.push_back(json_number(epoch.train_loss));
            valid.push_back(json_number(epoch.valid_loss));
            metric.push_back(json_number(epoch.valid_metric));
        }
        trial["curve"] = {{"train_loss", std::move(train)}, {"valid_loss", std::move(valid)}, {"valid_metric", std::move(metric)}};
    }
    return trial;
}

Document events_document(const std::vector<Event>& events) {
    Document list = Document::array();
    for (const Event& event : events) {
        Document changes = Document::object();
        for (const auto& [name, value] : event.changes) changes[name] = document(value);
        list.push_back({{"epoch", event.epoch}, {"copied_from", event.copied_from ? Document(*event.copied_from) : Document()}, {"changes", std::move(changes)}});
    }
    return list;
}

Document counts_document(const StudyCounts& counts) {
    return {{"trials", counts.trials}, {"waiting", counts.waiting}, {"complete", counts.complete}, {"diverged", counts.diverged}, {"stopped", counts.stopped}};
}

TrialDocuments::TrialDocuments(const Study& study, bool curves)
    : study_(study), curves_(curves) {
    const SweepSettings settings = settings_from_json(study.header().settings);
    changing_ = settings.scheduler.name == "pbt" || study::is_panda(study);
    if (settings.cross_validates()) folds_ = settings.prepare.folds.count;
}

Document TrialDocuments::operator()(const TrialRow& row) const {
    Document trial = trial_document(row, curves_);
    if (folds_ > 0) trial["fold"] = row.trial.id % folds_;
    if (changing_) trial["events"] = events_document(study_.events(row.trial.id));
    return trial;
}

Document trials_document(const Study& study, const std::vector<TrialRow>& rows, bool curves) {
    const Metric metric = study.header().metric;
    const TrialDocuments documents(study, curves);
    Document list = Document::array();
    for (const TrialRow& row : rows) list.push_back(documents(row));
    return {{"study", study.path()},
            {"metric", to_string(metric)},
            {"higher_is_better", higher_is_better(metric)},
            {"counts", counts_document(study.counts())},
            {"trials", std::move(list)}};
}

Document data_document(const Prepared& prepared, const SweepSettings& settings) {
    const Dataset& data = prepared.dataset;
    return {{"name", data.name},
            {"fingerprint", data.fingerprint},
            {"task", to_string(data.task)},
            {"classes", data.classes},
            {"inputs", data.features.front().train.columns},
            {"rows", {{"train", data.rows(Part::train)}, {"valid", data.rows(Part::valid)}, {"test", data.rows(Part::test)}}},
            {"split_seed", settings.prepare.seed},
            {"folds", prepared.folds.empty() ? Document() : Document(prepared.folds.size())},
            {"warnings", prepared.warnings}};
}

Document engine_document(const Capabilities& c) {
    return {{"name", c.engine}, {"device", c.device}, {"instruction_set", c.instruction_set}, {"threads", c.threads}};
}

Document sweep_document(const SweepSettings& settings, const Prepared& prepared, const Capabilities& engine, const Study& study,
                        const SweepOutcome& outcome, const std::vector<study::Candidate>& top) {
    static constexpr std::array ends{"finished", "interrupted", "time", "target", "enough"}; // in the order of SweepOutcome::End
    const Metric metric = study.header().metric;
    Document list = Document::array();
    for (const study::Candidate& c : top) {
        Document seeds = Document::array();
        for (const TrialRow& row : c.trials) seeds.push_back(row.trial.id);
        list.push_back(trial_document(c.best, false));
        list.back()["seeds"] = {{"trials", std::move(seeds)}, {"metric", json_number(c.metric)}, {"deviation", json_number(c.deviation)}};
    }
    return {{"study", study.path()},
            {"state", ends.at(static_cast<size_t>(outcome.end))},
            {"metric", to_string(metric)},
            {"higher_is_better", higher_is_better(metric)},
            {"data", data_document(prepared, settings)},
            {"engine", engine_document(engine)},
            {"version", CAVIAR_VERSION},
            {"settings", Document::parse(to_json(settings))},
            {"trials", outcome.trials},
            {"diverged", outcome.diverged},
            {"epochs", outcome.epochs},
            {"seconds", json_number(outcome.seconds)},
            {"training_seconds", json_number(outcome.training_seconds)},
            {"best", outcome.best ? trial_document(*outcome.best, false) : Document()},
            {"test", outcome.test ? Document::parse(to_json(*outcome.test)) : Document()},
            {"winner", outcome.winner ? Document::parse(to_json(*outcome.winner)) : Document()},
            {"top", std::move(list)},
            {"warnings", outcome.warnings}};
}

} // namespace caviar::cli
