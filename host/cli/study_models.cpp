#include "host/cli/study_models.h"

#include "host/cli/interrupt.h"
#include "host/cli/sweep_run.h"
#include "host/model/ensemble.h"
#include "host/report/numbers.h"
#include "host/study/folds.h"
#include "host/study/in_memory.h"
#include "host/study/population_options.h"
#include "host/study/refit.h"
#include "host/study/replay.h"
#include "host/study/trained_model.h"

#include <filesystem>

namespace caviar::cli {

namespace {

std::string file_name(const Study& study) { return "study " + std::filesystem::path(study.path()).filename().string(); }

/// Where a net came from, in a line that travels with it; file names without their folders.
std::string origin(const Study& study, const TrialRow& row, size_t folds) {
    std::string text = file_name(study) + ", trial " + std::to_string(row.trial.id);
    if (folds > 0) text += " (fold " + std::to_string(row.trial.id % static_cast<TrialId>(folds)) + " of " + std::to_string(folds) + ", from 0)";
    if (row.result.best_epoch >= 0) {
        text += ": validation " + to_string(study.header().metric) + " " + report::significant(row.metric) + " after " + std::to_string(row.result.best_epoch + 1) + " epochs";
    }
    return text;
}

Weights trained_again(Context& context, const Study& study, const PopulationOptions& options, const Prepared& prepared, const TrialRow& row,
                      Engine& engine) {
    const TrialId id = row.trial.id;
    note(context, "The study keeps the weights of its best " + std::to_string(study.header().keep_weights) + " trials; trial " +
                      std::to_string(id) + " is trained again.");
    Interrupt interrupt(context);
    const auto population = engine.populate(::caviar::study::seen_by(id, prepared).dataset, options);
    TrainControl control;
    control.stop = context.interrupt.get_token();
    const TrialResult result = ::caviar::study::train_again(study, row, *population, control);
    if (static_cast<int32_t>(result.curve.size()) < row.epochs && control.stop.stop_requested())
        throw Error(ExitCode::interrupted, "Interrupted; nothing was written.");
    const bool same = result.best_epoch == row.result.best_epoch && score(result, options.metric) == row.score;
    if (!same) {
        warn(context, "trial " + std::to_string(id) + " did not train to the study's score again; the study was made by \"" + study.header().build + "\", this is \"" +
                          build_name(engine) + "\"");
    }
    return population->weights(id);
}

} // namespace

StudyModels::StudyModels(const Study& study, std::string data)
    : study_(study), settings_(settings_from_json(study.header().settings)), data_(std::move(data)), fitted_(::caviar::study::kept_preprocessing(study, settings_)) {
    if (!fitted_ || !data_.empty()) (void)prepared();
    else settings_.data = data_of(study, settings_);
}

const Prepared& StudyModels::prepared() {
    if (prepared_) return *prepared_;
    prepared_ = load_again(study_, settings_, data_);
    const std::string &due = study_.header().fingerprint, &given = prepared_->dataset.fingerprint;
    if (given != due) {
        throw RuntimeFailure(settings_.data + " is not the data that " + study_.path() + " was made from (fingerprint " + given + ", the study's is " + due +
                             "), and a model's preprocessing is fitted on them; --data names the right file");
    }
    return *prepared_;
}

Model StudyModels::with(const TrialRow& row, Weights weights) const {
    const Preprocessing& seen = fitted_ ? *fitted_ : ::caviar::study::seen_by(row.trial.id, *prepared_).preprocessing;
    return ::caviar::study::trained_model(settings_, seen, row.trial.hyperparameters, std::move(weights), origin(study_, row, prepared_ ? prepared_->folds.size() : 0));
}

std::optional<Model> StudyModels::kept(const TrialRow& row) const {
    auto weights = study_.weights(row.trial.id);
    if (!weights) return {};
    return with(row, std::move(*weights));
}

Model StudyModels::model(Context& context, const TrialRow& row, Engine& engine) {
    if (auto model = kept(row)) return std::move(*model);
    const Prepared& data = prepared();
    return with(row, trained_again(context, study_, ::caviar::study::population_options(settings_, data.dataset, study_), data, row, engine));
}

Model StudyModels::refit(Context& context, Engine& engine) {
    const auto winner = ::caviar::study::ranking(study_, settings_, 1).at(0); // there is a best trial, so there is one
    if (!winner.sound())
        throw RuntimeFailure(study_.path() + ": no setting has come to its end on every fold yet, so none is the best; caviar resume " + shell_word(study_.path()) +
                             " goes on, --trial ID exports the net of one fold");
    const Prepared& data = prepared();
    const auto folds = std::to_string(data.folds.size()), leader = std::to_string(winner.leader);
    note(context, "The study cross-validated: trial " + leader + "'s settings, the best over " + folds + " folds, train again on all rows but the test rows.");
    Interrupt interrupt(context);
    TrainControl control;
    control.stop = context.interrupt.get_token();
    auto again = ::caviar::study::refit(settings_, data, engine, study_, winner, control);
    if (control.stop.stop_requested()) throw Error(ExitCode::interrupted, "Interrupted; nothing was written.");
    if (const std::string ours = build_name(engine); ours != study_.header().build)
        warn(context, "the study was made by \"" + study_.header().build + "\", this is \"" + ours + "\": its net of all rows was another in its last bits");
    if (again.result.state == TrialState::diverged)
        throw RuntimeFailure("the best settings of " + study_.path() + " diverged on all rows together; --trial ID exports the net of one fold");
    const std::string origin = file_name(study_) + ", trial " + leader + "'s settings: validation " + to_string(study_.header().metric) + " " +
                               report::significant(winner.metric) + " (mean of " + folds + " folds), trained on all rows but the test rows for " +
                               std::to_string(::caviar::study::refit_epochs(winner)) + " epochs";
    return ::caviar::study::trained_model(settings_, data.preprocessing, winner.trials.front().trial.hyperparameters, std::move(again.weights), origin);
}

Model StudyModels::ensemble(Context& context, std::span<const TrialRow> rows, Engine& engine) {
    if (settings_.cross_validates())
        throw UsageError("--ensemble: " + study_.path() + " cross-validated, so its nets have the preprocessing of their own fold each; without it the best settings are trained on all rows");
    Model all = model(context, rows[0], engine);
    for (const TrialRow& row : rows.subspan(1)) all.others.push_back(model(context, row, engine));

    std::string ids;
    for (const TrialRow& row : rows) ids += (ids.empty() ? "" : ", ") + std::to_string(row.trial.id);
    const Metric metric = study_.header().metric;
    const std::string alone = "the best of them alone " + report::significant(rows[0].metric);
    all.note = file_name(study_) + ", trials " + ids + " together";
    if (::caviar::study::is_in_memory(settings_)) { // there is nothing to measure by
        all.note += "; " + alone + " in validation " + to_string(metric);
        return all;
    }
    const Dataset& data = prepared().dataset;
    std::vector<std::vector<float>> outputs;
    for (const Net* net : nets(all)) outputs.push_back(engine.forward(net->weights, net->activation, data.with(net->scaling).valid));
    const int32_t width = all.weights.widths.back();
    const std::vector<float> joint = model::joint_outputs(all.loss, outputs, static_cast<size_t>(width));
    const double together = evaluate(metric, all.loss, joint, width, data.valid_targets, data.target_scale);
    all.note += ": validation " + to_string(metric) + " " + report::significant(together) + ", " + alone;
    return all;
}

} // namespace caviar::cli
