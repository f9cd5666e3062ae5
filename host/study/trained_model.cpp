#include "host/study/trained_model.h"

#include <utility>

namespace caviar::study {

Model trained_model(const SweepSettings& settings, Preprocessing preprocessing, const Hyperparameters& h, Weights weights, std::string note) {
    Model model;
    model.weights = std::move(weights);
    model.activation = h.activation;
    model.scaling = h.scaling;
    model.loss = settings.loss.value_or(default_loss(preprocessing.task));
    model.preprocessing = std::move(preprocessing);
    model.missing = settings.read.missing;
    model.note = std::move(note);
    return model;
}

} // namespace caviar::study
