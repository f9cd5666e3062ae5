#include "host/study/trained_model.h"

#include "host/study/in_memory.h"

#include <algorithm>
#include <utility>

namespace caviar::study {

namespace {

/// Arrays have missing values of their own, and a word such as NA in them is a word like any other: it means what it means in files where
/// training did not have it.
std::vector<std::string> missing_words(const SweepSettings& settings, const Preprocessing& p) {
    if (!is_in_memory(settings)) return settings.read.missing;
    std::vector<std::string> words = ReadOptions{}.missing;
    std::erase_if(words, [&](const std::string& word) {
        return std::any_of(p.columns.begin(), p.columns.end(), [&](const ColumnEncoding& c) { return std::find(c.levels.begin(), c.levels.end(), word) != c.levels.end(); });
    });
    return words;
}

} // namespace

Model trained_model(const SweepSettings& settings, Preprocessing preprocessing, const Hyperparameters& h, Weights weights, std::string note) {
    Model model;
    model.weights = std::move(weights);
    model.activation = h.activation;
    model.scaling = h.scaling;
    model.loss = settings.loss.value_or(default_loss(preprocessing.task));
    model.missing = missing_words(settings, preprocessing);
    model.preprocessing = std::move(preprocessing);
    model.note = std::move(note);
    return model;
}

} // namespace caviar::study
