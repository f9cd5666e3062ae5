#include "host/cli/initial_model.h"

#include "caviar/error.h"
#include "host/cli/command.h"
#include "host/cli/study_models.h"
#include "host/core/distribution.h"
#include "host/study/in_memory.h"
#include "host/study/no_best.h"
#include "host/study/schema.h"

#include <algorithm>
#include <filesystem>
#include <string>

namespace caviar::cli {

namespace {

std::string network(const Model& model) {
    std::string text;
    for (const int32_t width : model.weights.widths) text += (text.empty() ? "a network " : "-") + std::to_string(width);
    return text + " with " + to_string(model.activation);
}

} // namespace

Model best_model(const Study& study, const std::string& data) {
    const auto best = study.best();
    if (!best) throw RuntimeFailure(study::why_no_best(study, shell_word(study.path())));
    if (settings_from_json(study.header().settings).cross_validates())
        throw RuntimeFailure(study.path() + ": cross-validated, so the net to use is yet to be trained on all its rows; `" + study::export_call(study, shell_word(study.path())) +
                             "` does that: give that file");
    auto model = StudyModels(study, data).kept(*best);
    if (!model)
        throw RuntimeFailure(study.path() + ": the weights of its best trial, " + std::to_string(best->trial.id) + ", are not kept; `" +
                             study::export_call(study, shell_word(study.path())) + "` trains it again: give that file");
    return std::move(*model);
}

Model read_model(const std::string& path, const std::string& data) {
    return study::is_study(path) ? best_model(*Study::read(path), data) : load_model(path);
}

void load_initial(SweepSettings& settings) {
    Initial initial = settings.initial;
    if (initial.file.empty()) return;
    if (!initial.model) {
        initial.model = std::make_shared<const Model>(read_model(initial.file));
        initial.hash = hash_of(*initial.model);
    }
    if (settings.read.missing == ReadOptions{}.missing) settings.read.missing = initial.model->missing;
    begin_with(settings, std::move(initial));
}

std::vector<SpaceEntry> without_fixed(const std::vector<SpaceEntry>& entries, const SweepSettings& settings) {
    std::vector<SpaceEntry> rest;
    for (const SpaceEntry& entry : entries) {
        if (!fixed_by_initial(entry.name)) {
            rest.push_back(entry);
            continue;
        }
        const bool held = entry.distribution.kind == DistributionKind::constant && !entry.distribution.choices.empty();
        if (held && core::same(entry.distribution.choices.front(), get(settings.defaults, entry.name))) continue;
        throw UsageError(entry.where + ": contradicts --init " + settings.initial.file + ", " + network(*settings.initial.model) +
                         ": every trial starts from it, so its layers, units, activation, scaling and first weights are decided; leave one of the two out");
    }
    return rest;
}

std::string familiar_rows(const SweepSettings& settings) {
    const std::string& file = settings.initial.file;
    std::error_code ignored;
    if (file.empty() || !std::filesystem::exists(file, ignored) || !study::is_study(file)) return {};
    const SweepSettings theirs = settings_from_json(Study::read(file)->header().settings);
    if (theirs.data != settings.data && !std::filesystem::equivalent(theirs.data, settings.data, ignored)) return {};
    const PrepareOptions &a = theirs.prepare, &b = settings.prepare;
    const bool alike = a.seed == b.seed && a.valid_share == b.valid_share && a.test_share == b.test_share && a.folds == b.folds && theirs.valid_file == settings.valid_file &&
                       theirs.test_file == settings.test_file;
    if (alike) return "--init " + file + ": it was chosen by the validation rows of this very split, which flatter it; the test rows do not";
    return "--init " + file + ": it was trained on rows of the same data, split otherwise, so some of the validation and test rows here have trained it and flatter it; "
           "split as it was (--split-seed " + std::to_string(a.seed) + "), or take new rows";
}

std::string initial_note(const Initial& initial) {
    return "Init   " + initial.file + ": every trial starts from " + network(*initial.model) + "; layers, units, activation and scaling are its own and do not vary";
}

} // namespace caviar::cli
