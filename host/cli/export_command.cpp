#include "host/cli/command.h"

#include "caviar/model.h"
#include "caviar/sweep.h"
#include "host/cli/chosen_trial.h"
#include "host/cli/study_export.h"
#include "host/cli/study_models.h"
#include "host/cli/sweep_run.h"
#include "host/model/format.h"
#include "host/model/source_text.h"
#include "host/report/numbers.h"
#include "host/study/in_memory.h"

#include <filesystem>
#include <memory>
#include <optional>

namespace caviar::cli {

namespace {

struct ExportFlags {
    std::string study, trial = "best", output, pytorch, data;
    int64_t ensemble = 0;
    EngineOptions engine;
    StudyExport whole;
    bool quiet = false;
};

/// The trial asked for; it has been trained and did not diverge.
TrialRow chosen(const Study& study, const std::string& text) {
    TrialRow row = chosen_trial(study, text);
    if (row.result.state == TrialState::diverged)
        throw RuntimeFailure("trial " + text + " of " + study.path() + " diverged, so there is nothing to export; caviar trials " + shell_word(study.path()) + " lists the others");
    return row;
}

/// The best `count` complete trials, the best first.
std::vector<TrialRow> best_trials(const Study& study, int64_t count) {
    TrialQuery query;
    query.state = TrialState::complete;
    query.top = count;
    auto rows = study.trials(query);
    if (static_cast<int64_t>(rows.size()) < count)
        throw UsageError("--ensemble: " + std::to_string(count) + " nets are asked for, and " + study.path() + " has " + std::to_string(rows.size()) + " complete trials");
    return rows;
}

std::string shape(const Net& net) {
    std::string text;
    for (const int32_t width : net.weights.widths) text += (text.empty() ? "" : "-") + std::to_string(width);
    return text;
}

/// "a network 4-8-3 with relu, 67 weights", or how many of them.
std::string described(const Model& model) {
    int64_t weights = 0;
    for (const Net* net : nets(model)) weights += static_cast<int64_t>(net->weights.values.size());
    const auto count = static_cast<int64_t>(model.others.size()) + 1;
    return (count == 1 ? "a network " + shape(model) + " with " + to_string(model.activation) : "an ensemble of " + report::count(count) + " networks") + ", " +
           report::count(weights) + " weights";
}

/// What to do with a file of this kind.
std::pair<std::string, std::string> use_of(const std::string& file, const SweepSettings& settings) {
    const std::string extension = std::filesystem::path(file).extension().string();
    if (extension == ".onnx") return {"onnxruntime.InferenceSession(\"" + file + "\")", "in Python; an input for each column, see README"};
    if (extension == ".py") return {model::import_of(file), "in Python, where the file is; it says how it is used"};
    if (extension == ".h") return {"#include \"" + std::filesystem::path(file).filename().string() + "\"", "in C or C++; the file says how it is used"};
    return {"caviar predict " + shell_word(file) + " " + (settings.data.empty() || is_builtin(settings.data) || study::is_in_memory(settings) ? "new.csv" : shell_word(settings.data)), "use it"};
}

void export_trial(Context& context, const ExportFlags& flags) {
    std::vector<std::string> files;
    for (const std::string& file : {flags.output, flags.pytorch})
        if (!file.empty()) files.push_back(file);
    if (!flags.pytorch.empty() && std::filesystem::path(flags.pytorch).extension() != ".py") throw UsageError("--pytorch: " + flags.pytorch + ": a module of Python is named NAME.py");
    for (const std::string& file : files) {
        model::check_name(file);
        refuse_to_replace(file, {flags.study, flags.data});
    }
    const auto study = Study::read(flags.study);
    const std::vector<TrialRow> rows = flags.ensemble > 0 ? best_trials(*study, flags.ensemble) : std::vector{chosen(*study, flags.trial)};
    StudyModels models(*study, flags.data);
    const SweepSettings& settings = models.settings();
    for (const std::string& file : files)
        refuse_to_replace(file, data_files(settings));
    const bool refit = settings.cross_validates() && flags.trial == "best";
    std::optional<Model> kept;
    if (rows.size() == 1 && !refit) kept = models.kept(rows[0]);
    std::unique_ptr<Engine> engine;
    if (!kept) engine = engine_for(context, flags.engine); // starting a GPU takes time
    const Model model = kept             ? std::move(*kept)
                        : rows.size() > 1 ? models.ensemble(context, rows, *engine)
                        : refit           ? models.refit(context, *engine)
                                          : models.model(context, rows[0], *engine);
    for (const std::string& file : files) {
        save_model(model, file);
        note(context, file + ": " + described(model) + "; " + model.note + ".");
    }
    Suggestions suggestions;
    for (const std::string& file : files) suggestions.push_back(use_of(file, settings));
    if (!study::is_in_memory(settings)) suggestions.emplace_back("caviar verify " + shell_word(flags.study), "train the best again and compare every bit");
    next(context, suggestions);
}

void export_all(Context& context, const ExportFlags& flags) {
    context.quiet = flags.quiet;
    const bool network = !flags.output.empty() || !flags.pytorch.empty();
    if (!network && !flags.whole.wanted())
        throw UsageError("export: say where to: --output or --pytorch FILE for a network, --optuna FILE or --tensorboard DIR for the whole study");
    if ((flags.whole.top || flags.whole.sample) && !flags.whole.wanted()) throw UsageError("--top and --sample choose trials for --optuna and --tensorboard; --trial chooses the one for -o");
    if (flags.whole.wanted()) export_study(context, flags.study, flags.whole);
    if (network) export_trial(context, flags);
}

} // namespace

void add_export(CLI::App& app, Context& context) {
    auto flags = std::make_shared<ExportFlags>();
    CLI::App* sub = command(app, "export", "Write a trained network with its preprocessing as one file, or the study for other programs",
                            "caviar export adult.db -o model.safetensors      # the best trial; torch, JAX and Rust read it\n"
                            "caviar export adult.db -o model.npz              # for numpy.load\n"
                            "caviar export adult.db --trial 17 -o model.json  # any trial; readable text\n"
                            "caviar export adult.db -o model.onnx             # the table's columns in, probabilities or values out, for ONNX Runtime\n"
                            "caviar export adult.db -o model.h                # C99 without dependencies\n"
                            "caviar export adult.db --pytorch model.py        # an nn.Module with its weights\n"
                            "caviar export adult.db --ensemble 5 -o five.onnx # the mean of the best five\n"
                            "caviar export adult.db --optuna optuna.db        # all trials, for Optuna and its dashboard\n"
                            "caviar export adult.db --tensorboard runs        # the best 20, for TensorBoard");
    sub->add_option("STUDY", flags->study, "The study's file; it may be in use")->required();
    auto* trial = sub->add_option("--trial,-t", flags->trial, "best (default; after --cv trained again on all rows but the test rows), or a trial's id. One whose weights were not kept is trained again")->type_name("ID");
    sub->add_option("--ensemble", flags->ensemble, "The best K complete trials as one model, which says the mean of their probabilities or values; predicting takes K times as long")
        ->type_name("K")->check(CLI::Range(2, 1000))->excludes(trial);
    sub->add_option("--output,-o", flags->output, "Where to, and what: NAME.safetensors, NAME.npz or NAME.json (read by caviar predict), NAME.onnx, NAME.py (PyTorch) or NAME.h (C), "
                                                  "all with the preprocessing in them. A file that exists is replaced once the new one is complete")
        ->type_name("FILE");
    sub->add_option("--pytorch", flags->pytorch, "A module of Python, NAME.py, beside what --output names")->type_name("FILE");
    sub->add_option("--data", flags->data, "Where the study's data are now")->type_name("FILE");
    add_study_export_flags(*sub, flags->whole);
    add_engine_flags(*sub, flags->engine);
    sub->add_flag("--quiet,-q", flags->quiet, "Nothing on stderr but warnings and errors");
    sub->callback([flags, &context] { export_all(context, *flags); });
}

} // namespace caviar::cli
