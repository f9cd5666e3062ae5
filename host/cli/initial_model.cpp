#include "host/cli/initial_model.h"

#include "caviar/error.h"
#include "host/cli/command.h"
#include "host/cli/sweep_run.h"
#include "host/core/distribution.h"

#include <algorithm>
#include <fstream>
#include <string_view>

namespace caviar::cli {

namespace {

bool is_study(const std::string& path) {
    char head[15] = {};
    std::ifstream(path, std::ios::binary).read(head, sizeof head);
    return std::string_view(head, sizeof head) == "SQLite format 3";
}

std::string network(const Model& model) {
    std::string text;
    for (const int32_t width : model.weights.widths) text += (text.empty() ? "a network " : "-") + std::to_string(width);
    return text + " with " + to_string(model.activation);
}

} // namespace

Model best_model(const Study& study, const std::string& data) {
    const auto best = study.best();
    if (!best) throw RuntimeFailure(study.path() + " has no complete trial yet; caviar resume " + shell_word(study.path()) + " trains them");
    auto weights = study.weights(best->trial.id);
    if (!weights) throw RuntimeFailure(study.path() + ": the weights of its best trial, " + std::to_string(best->trial.id) + ", are missing");
    SweepSettings settings = settings_from_json(study.header().settings);
    const Prepared prepared = load_again(study, settings, data);
    if (prepared.dataset.fingerprint != study.header().fingerprint)
        throw RuntimeFailure(settings.data + " is not the data that " + study.path() + " was made from, so its model's preprocessing cannot be had from it; "
                             "give a model that `caviar export` wrote");
    Model model;
    model.weights = std::move(*weights);
    model.activation = best->trial.hyperparameters.activation;
    model.loss = settings.loss.value_or(default_loss(prepared.dataset.task));
    model.scaling = best->trial.hyperparameters.scaling;
    model.preprocessing = prepared.preprocessing;
    model.missing = settings.read.missing;
    model.note = "the best of " + study.path() + ", trial " + std::to_string(best->trial.id);
    return model;
}

Model read_model(const std::string& path, const std::string& data) {
    return is_study(path) ? best_model(*Study::read(path), data) : load_model(path);
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

std::string initial_note(const Initial& initial) {
    return "Init   " + initial.file + ": every trial starts from " + network(*initial.model) + "; layers, units, activation and scaling are its own and do not vary";
}

} // namespace caviar::cli
