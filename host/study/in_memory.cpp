#include "host/study/in_memory.h"

#include "host/study/same_study.h"

#include <nlohmann/json.hpp>

namespace caviar::study {

namespace {

/// The path as Python writes a text.
std::string quoted(const Study& study) { return nlohmann::json(study.path()).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

} // namespace

bool is_in_memory(const Study& study) { return is_in_memory(settings_from_json(study.header().settings)); }

std::optional<Preprocessing> kept_preprocessing(const Study& study, const SweepSettings& settings) {
    if (settings.cross_validates()) return {};
    const auto text = study.note(preprocessing_note);
    return text ? std::optional(preprocessing_from_json(*text)) : std::nullopt;
}

std::string resume_call(const Study& study, const std::string& file) {
    return is_in_memory(study) ? "caviar.resume(" + quoted(study) + ", X, y)" : "caviar resume " + file;
}

std::string export_call(const Study& study, const std::string& file) {
    return is_in_memory(study) ? "caviar.Study(" + quoted(study) + ").best_model(X=X, y=y).save(\"MODEL.safetensors\")" : "caviar export " + file + " -o MODEL.safetensors";
}

std::string no_data(const Study& study) {
    return "it was made in Python from arrays, which are in no file. There, " + resume_call(study, {}) + " goes on, and caviar.Study(" + quoted(study) +
           ").best_model(ID, X=X, y=y) trains a trial's net again. Or name a table of the very same rows and columns with --data FILE";
}

} // namespace caviar::study
