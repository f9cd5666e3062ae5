#include "host/cli/command.h"

#include "caviar/model.h"
#include "caviar/sweep.h"
#include "host/cli/chosen_trial.h"
#include "host/cli/interrupt.h"
#include "host/cli/sweep_run.h"
#include "host/study/folds.h"
#include "host/study/population_options.h"
#include "host/study/refit.h"
#include "host/study/replay.h"
#include "host/model/format.h"
#include "host/report/numbers.h"

#include <filesystem>
#include <memory>

namespace caviar::cli {

namespace {

struct ExportFlags {
    std::string study, trial = "best", output, data;
    EngineOptions engine;
    bool quiet = false;
};

/// The trial asked for; it has been trained and did not diverge.
TrialRow chosen(const Study& study, const std::string& text) {
    TrialRow row = chosen_trial(study, text);
    if (row.result.state == TrialState::diverged)
        throw RuntimeFailure("trial " + text + " of " + study.path() + " diverged, so there is nothing to export; caviar trials " + shell_word(study.path()) + " lists the others");
    return row;
}

/// Trains the trial again, for exactly the epochs it had: a trial is a function of its settings, so this gives its weights.
Weights trained_again(Context& context, const ExportFlags& flags, const PopulationOptions& options, const Prepared& prepared, const Study& study, const TrialRow& row) {
    const TrialId id = row.trial.id;
    note(context, "The study keeps the weights of its best " + std::to_string(study.header().keep_weights) + " trials; trial " + std::to_string(id) + " is trained again.");
    Interrupt interrupt(context);
    const auto engine = engine_for(context, flags.engine);
    const auto population = engine->populate(::caviar::study::seen_by(id, prepared).dataset, options);
    TrainControl control;
    control.stop = context.interrupt.get_token();
    const TrialResult result = ::caviar::study::train_again(study, row, *population, control);
    if (static_cast<int32_t>(result.curve.size()) < row.epochs && control.stop.stop_requested()) throw Error(ExitCode::interrupted, "Interrupted; nothing was written.");
    const bool same = result.best_epoch == row.result.best_epoch && score(result, options.metric) == row.score;
    if (!same) {
        warn(context, "trial " + std::to_string(id) + " did not train to the study's score again; the study was made by \"" + study.header().build + "\", this is \"" +
                          build_name(*engine) + "\"");
    }
    return population->weights(id);
}

/// The winner of a study that cross-validated, trained on all rows but the test rows.
Weights trained_on_all(Context& context, const ExportFlags& flags, const SweepSettings& settings, const Prepared& prepared, const Study& study, Model& model) {
    const auto winner = ::caviar::study::ranking(study, settings, 1).at(0); // there is a best trial, so there is one
    const auto folds = std::to_string(prepared.folds.size()), epochs = std::to_string(::caviar::study::refit_epochs(winner));
    note(context, "The study cross-validated: trial " + std::to_string(winner.leader) + "'s settings, the best over " + folds + " folds, train again on all rows but the test rows.");
    Interrupt interrupt(context);
    const auto engine = engine_for(context, flags.engine);
    TrainControl control;
    control.stop = context.interrupt.get_token();
    auto again = ::caviar::study::refit(settings, prepared, *engine, study, winner, control);
    if (control.stop.stop_requested()) throw Error(ExitCode::interrupted, "Interrupted; nothing was written.");
    if (const std::string ours = build_name(*engine); ours != study.header().build)
        warn(context, "the study was made by \"" + study.header().build + "\", this is \"" + ours + "\": its net of all rows was another in its last bits");
    if (again.result.state == TrialState::diverged)
        throw RuntimeFailure("the best settings of " + study.path() + " diverged on all rows together; --trial ID exports the net of one fold");
    model.note = "study " + std::filesystem::path(study.path()).filename().string() + ", trial " + std::to_string(winner.leader) + "'s settings: validation " +
                 to_string(study.header().metric) + " " + report::significant(winner.metric) + " (mean of " + folds + " folds), trained on all rows but the test rows for " + epochs + " epochs";
    return std::move(again.weights);
}

std::string shape(const Weights& weights) {
    std::string text;
    for (const int32_t width : weights.widths) text += (text.empty() ? "" : "-") + std::to_string(width);
    return text;
}

/// Where the model came from, in a line that travels with it; file names without their folders.
std::string origin(const Study& study, const TrialRow& row, const Prepared& prepared) {
    std::string text = "study " + std::filesystem::path(study.path()).filename().string() + ", trial " + std::to_string(row.trial.id);
    if (const auto folds = static_cast<TrialId>(prepared.folds.size()); folds > 0) text += " (fold " + std::to_string(row.trial.id % folds) + " of " + std::to_string(folds) + ", from 0)";
    if (row.result.best_epoch >= 0) {
        text += ": validation " + to_string(study.header().metric) + " " + report::significant(row.metric) + " after " + std::to_string(row.result.best_epoch + 1) + " epochs";
    }
    return text;
}

void export_trial(Context& context, const ExportFlags& flags) {
    context.quiet = flags.quiet;
    model::check_name(flags.output);
    refuse_to_replace(flags.output, {flags.study, flags.data});
    const auto study = Study::read(flags.study);
    const TrialRow row = chosen(*study, flags.trial);
    SweepSettings settings = settings_from_json(study->header().settings);
    const Prepared prepared = load_again(*study, settings, flags.data); // the preprocessing is fitted on the training rows
    refuse_to_replace(flags.output, {settings.data, settings.valid_file, settings.test_file, settings.read.labels, settings.valid_labels, settings.test_labels});
    if (prepared.dataset.fingerprint != study->header().fingerprint) {
        throw RuntimeFailure(settings.data + " is not the data that " + flags.study + " was made from (fingerprint " + prepared.dataset.fingerprint + ", the study's is " +
                             study->header().fingerprint + "); --data names the right file");
    }
    const PopulationOptions options = ::caviar::study::population_options(settings, prepared.dataset, *study);
    const bool all_rows = settings.cross_validates() && flags.trial == "best";
    auto kept = study->weights(row.trial.id);
    Model model;
    model.note = origin(*study, row, prepared);
    model.weights = all_rows ? trained_on_all(context, flags, settings, prepared, *study, model)
                    : kept   ? std::move(*kept)
                             : trained_again(context, flags, options, prepared, *study, row);
    model.activation = row.trial.hyperparameters.activation;
    model.loss = options.loss;
    model.scaling = row.trial.hyperparameters.scaling;
    model.preprocessing = (all_rows ? prepared : ::caviar::study::seen_by(row.trial.id, prepared)).preprocessing;
    model.missing = settings.read.missing;
    save_model(model, flags.output);
    note(context, flags.output + ": a network " + shape(model.weights) + " with " + to_string(model.activation) + ", " +
                      report::count(static_cast<int64_t>(model.weights.values.size())) + " weights; " + model.note + ".");
    const std::string data = settings.data.empty() ? "new.csv" : shell_word(settings.data);
    next(context, {{"caviar predict " + shell_word(flags.output) + " " + (is_builtin(settings.data) ? "new.csv" : data), "use it"},
                   {"caviar verify " + shell_word(flags.study), "train the best again and compare every bit"}});
}

} // namespace

void add_export(CLI::App& app, Context& context) {
    auto flags = std::make_shared<ExportFlags>();
    CLI::App* sub = command(app, "export", "Write a trained network with its preprocessing as one file",
                            "caviar export adult.db -o model.safetensors      # the best trial; torch, JAX and Rust read it\n"
                            "caviar export adult.db -o model.npz              # for numpy.load\n"
                            "caviar export adult.db --trial 17 -o model.json  # any trial; readable text");
    sub->add_option("STUDY", flags->study, "The study's file; it may be in use")->required();
    sub->add_option("--trial,-t", flags->trial, "best (default; after --cv trained again on all rows but the test rows), or a trial's id. One whose weights were not kept is trained again")->type_name("ID");
    sub->add_option("--output,-o", flags->output, "Where to: NAME.safetensors, NAME.npz or NAME.json. A file that exists is replaced once the new one is complete")
        ->type_name("FILE")->required();
    sub->add_option("--data", flags->data, "Where the study's data are now")->type_name("FILE");
    add_engine_flags(*sub, flags->engine);
    sub->add_flag("--quiet,-q", flags->quiet, "Nothing on stderr but warnings and errors");
    sub->callback([flags, &context] { export_trial(context, *flags); });
}

} // namespace caviar::cli
