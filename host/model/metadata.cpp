#include "host/model/metadata.h"

#include "caviar/error.h"
#include "host/model/json.h"

#include <cmath>
#include <initializer_list>

namespace caviar::model {
namespace {

constexpr const char* version = "1";

const std::string& text_at(const Metadata& metadata, const std::string& key, const std::string& file) {
    const auto found = metadata.find(key);
    if (found == metadata.end()) throw DataError(file + ": the metadata has no \"" + key + "\"");
    return found->second;
}

/// The enumerator of that name.
template <class Enum>
Enum named(const Metadata& metadata, const std::string& key, std::initializer_list<Enum> all, const std::string& file) {
    const std::string& text = text_at(metadata, key, file);
    std::string allowed;
    for (const Enum value : all) {
        if (to_string(value) == text) return value;
        allowed += (allowed.empty() ? "" : ", ") + to_string(value);
    }
    throw DataError(file + ": the metadata's " + key + " is \"" + text.substr(0, 40) + "\"; allowed are " + allowed);
}

/// Keys whose text is JSON itself.
bool holds_json(std::string_view key) { return key == "preprocessing" || key == "missing"; }

std::string words_to_json(const std::vector<std::string>& words) { return nlohmann::json(words).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

std::vector<std::string> words_from(const std::string& text, const std::string& file) {
    const nlohmann::json list = parse_json(text, file, "the metadata's \"missing\"");
    std::vector<std::string> words;
    const auto refuse = [&] { throw DataError(file + ": the metadata's \"missing\" is not a list of texts"); };
    if (!list.is_array()) refuse();
    for (const auto& word : list) {
        if (!word.is_string()) refuse();
        words.push_back(word.get<std::string>());
    }
    return words;
}

std::string mismatch(const std::string& what, int64_t is, int64_t due) { return what + " is " + std::to_string(is) + " where " + std::to_string(due) + " is due"; }

std::optional<std::string> shape_problem(const Weights& weights) {
    if (weights.widths.size() < 2) return "it has no layer";
    int64_t floats = 0;
    for (size_t i = 0; i + 1 < weights.widths.size(); ++i) {
        if (weights.widths[i] < 1 || weights.widths[i + 1] < 1) return "layer " + std::to_string(i) + " has no units";
        // Two widths below 2^31 make a product below 2^62; the running sum is compared before it could overflow.
        floats += (int64_t{weights.widths[i]} + 1) * weights.widths[i + 1];
        if (floats > static_cast<int64_t>(weights.values.size())) break;
    }
    if (floats != static_cast<int64_t>(weights.values.size())) return mismatch("the number of weights", static_cast<int64_t>(weights.values.size()), floats);
    for (size_t i = 0; i < weights.values.size(); ++i)
        if (!std::isfinite(weights.values[i])) return "weight " + std::to_string(i) + " is not a finite number";
    return {};
}

std::optional<std::string> output_problem(const Model& m) {
    const auto classes = static_cast<int64_t>(m.preprocessing.classes.size());
    const int64_t outputs = m.weights.widths.back();
    const bool regression = m.preprocessing.task == Task::regression;
    if (regression != (m.loss == Loss::mean_squared_error)) return "the loss " + to_string(m.loss) + " does not fit the task " + to_string(m.preprocessing.task);
    if (regression) return outputs == 1 ? std::nullopt : std::optional(mismatch("the number of outputs", outputs, 1));
    if (classes < 2) return mismatch("the number of classes", classes, 2);
    if (m.loss == Loss::softmax_cross_entropy) return outputs == classes ? std::nullopt : std::optional(mismatch("the number of outputs", outputs, classes));
    if (classes != 2) return mismatch("the number of classes", classes, 2);
    return outputs == 1 ? std::nullopt : std::optional(mismatch("the number of outputs", outputs, 1));
}

std::optional<std::string> input_problem(const Model& m) {
    const Preprocessing& p = m.preprocessing;
    const int64_t inputs = m.weights.widths.front(), features = p.features();
    if (m.scaling != Scaling::none && static_cast<int64_t>(p.mean.size()) != features) return mismatch("the number of feature means", static_cast<int64_t>(p.mean.size()), features);
    if (m.scaling == Scaling::standardize && static_cast<int64_t>(p.scale.size()) != features) return mismatch("the number of feature scales", static_cast<int64_t>(p.scale.size()), features);
    if (m.scaling != Scaling::pca) return inputs == features ? std::nullopt : std::optional(mismatch("the number of inputs", inputs, features));
    if (p.kept < 1 || static_cast<int64_t>(p.components.size()) != features * p.kept) return mismatch("the number of component values", static_cast<int64_t>(p.components.size()), features * std::max(p.kept, 1));
    if (inputs > p.kept) return "the net has " + std::to_string(inputs) + " inputs but only " + std::to_string(p.kept) + " components are kept";
    return {};
}

} // namespace

Metadata metadata_of(const Model& m) {
    return {{"caviar_model", version},
            {"caviar_version", CAVIAR_VERSION},
            {"activation", to_string(m.activation)},
            {"loss", to_string(m.loss)},
            {"scaling", to_string(m.scaling)},
            {"preprocessing", to_json(m.preprocessing)},
            {"missing", words_to_json(m.missing)},
            {"note", m.note}};
}

Model model_from(const Metadata& metadata, const std::string& file) {
    if (!metadata.contains("caviar_model"))
        throw DataError(file + ": is not a model of caviar: the metadata has no \"caviar_model\"; make one with: caviar export STUDY -o FILE");
    if (const std::string& v = text_at(metadata, "caviar_model", file); v != version)
        throw DataError(file + ": its format version is \"" + v.substr(0, 40) + "\", this caviar reads version " + version + "; use a newer caviar");
    Model m;
    m.activation = named(metadata, "activation", {Activation::relu, Activation::leaky_relu, Activation::tanh, Activation::sigmoid, Activation::gelu, Activation::silu}, file);
    m.loss = named(metadata, "loss", {Loss::softmax_cross_entropy, Loss::binary_cross_entropy, Loss::mean_squared_error}, file);
    m.scaling = named(metadata, "scaling", {Scaling::none, Scaling::standardize, Scaling::pca}, file);
    m.note = text_at(metadata, "note", file);
    m.missing = words_from(text_at(metadata, "missing", file), file);
    const std::string& preprocessing = text_at(metadata, "preprocessing", file);
    parse_json(preprocessing, file, "the preprocessing"); // depth and repeated keys, before it is taken apart
    try {
        m.preprocessing = preprocessing_from_json(preprocessing);
    } catch (const Error& e) {
        throw DataError(file + ": " + e.what());
    }
    return m;
}

std::optional<std::string> problem(const Model& m) {
    if (auto shape = shape_problem(m.weights)) return shape;
    if (auto outputs = output_problem(m)) return outputs;
    return input_problem(m);
}

std::string to_json_object(const Metadata& metadata, int indent) {
    nlohmann::ordered_json object;
    for (const char* key : {"caviar_model", "caviar_version", "activation", "loss", "scaling", "note", "missing", "preprocessing"}) {
        const std::string& text = metadata.at(key);
        if (holds_json(key)) object[key] = nlohmann::ordered_json::parse(text);
        else object[key] = text;
    }
    return object.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

Metadata metadata_from_json(const nlohmann::json& object, const std::string& file) {
    if (!object.is_object()) throw DataError(file + ": the metadata is not a JSON object");
    Metadata metadata;
    for (const auto& [key, value] : object.items()) {
        if (value.is_string()) metadata[key] = value.get<std::string>();
        else if (holds_json(key)) metadata[key] = value.dump();
        else throw DataError(file + ": the metadata's \"" + key + "\" is not a text");
    }
    return metadata;
}

} // namespace caviar::model
