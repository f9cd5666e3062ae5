// Sweeps whose trials start from a saved model.

#include "caviar/error.h"
#include "caviar/sweep.h"
#include "host/data/fingerprint.h"

namespace caviar {

std::string hash_of(const Model& model) {
    data::Fingerprint hash;
    for (const int32_t width : model.weights.widths) hash.add(static_cast<uint64_t>(width));
    hash.add(model.weights.values);
    hash.add(to_string(model.activation));
    hash.add(to_string(model.loss));
    hash.add(to_string(model.scaling));
    hash.add(to_json(model.preprocessing));
    return hash.text();
}

bool fixed_by_initial(std::string_view name) {
    return name == "layers" || name == "units" || name.starts_with("units_") || name == "activation" || name == "scaling" || name == "variance_kept" ||
           name == "init" || name == "init_scale" || name == "zero_output";
}

void begin_with(SweepSettings& settings, Initial initial) {
    const Model& model = *initial.model;
    if (!model.others.empty())
        throw UsageError(initial.file + ": is an ensemble of " + std::to_string(model.others.size() + 1) + " nets, and trials start from one; export one with --trial");
    const auto require = [&](const std::string& what, const auto& asked, const auto& has) {
        if (asked && *asked != has)
            throw UsageError(what + " " + to_string(*asked) + " contradicts " + initial.file + ", which was trained with " + to_string(has) + "; leave it out");
    };
    require("the task", settings.prepare.task, model.preprocessing.task);
    require("the loss", settings.loss, model.loss);
    settings.loss = model.loss;
    settings.prepare.scalings = {model.scaling};
    const auto& widths = model.weights.widths;
    settings.defaults.hidden.assign(widths.begin() + 1, widths.end() - 1);
    settings.defaults.activation = model.activation;
    settings.defaults.scaling = model.scaling;
    settings.defaults.variance_kept = 1; // the components that the net reads, it reads
    settings.initial = std::move(initial);
}

} // namespace caviar
