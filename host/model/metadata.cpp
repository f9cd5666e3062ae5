#include "host/model/metadata.h"

#include "caviar/error.h"
#include "host/model/json.h"

#include <cmath>
#include <initializer_list>

namespace caviar::model {
namespace {

constexpr const char *version_of_one = "1", *version_of_ensemble = "2";

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
bool holds_json(std::string_view key) { return key == "preprocessing" || key == "missing" || key == "nets"; }

void net_from(const Metadata& metadata, Net& net, const std::string& file) {
    net.activation = named(metadata, "activation", {Activation::relu, Activation::leaky_relu, Activation::tanh, Activation::sigmoid, Activation::gelu, Activation::silu}, file);
    net.scaling = named(metadata, "scaling", {Scaling::none, Scaling::standardize, Scaling::pca}, file);
}

std::string nets_to_json(const Model& m) {
    nlohmann::json list = nlohmann::json::array();
    for (const Net* net : nets(m)) list.push_back({{"activation", to_string(net->activation)}, {"scaling", to_string(net->scaling)}});
    return list.dump();
}

void nets_from(const std::string& text, Model& m, const std::string& file) {
    const nlohmann::json list = parse_json(text, file, "the metadata's \"nets\"");
    const auto refuse = [&] { throw DataError(file + ": the metadata's \"nets\" is not a list of two or more {\"activation\": ..., \"scaling\": ...}"); };
    if (!list.is_array() || list.size() < 2) refuse();
    m.others.resize(list.size() - 1);
    const auto all = mutable_nets(m);
    for (size_t i = 0; i < all.size(); ++i) {
        Metadata one;
        if (!list[i].is_object()) refuse();
        for (const auto& [key, value] : list[i].items()) {
            if (!value.is_string()) refuse();
            one[key] = value.get<std::string>();
        }
        net_from(one, *all[i], file);
    }
}

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

std::optional<std::string> output_problem(const Model& m, const Net& net) {
    const auto classes = static_cast<int64_t>(m.preprocessing.classes.size());
    const int64_t outputs = net.weights.widths.back();
    const bool regression = m.preprocessing.task == Task::regression;
    if (regression != (m.loss == Loss::mean_squared_error)) return "the loss " + to_string(m.loss) + " does not fit the task " + to_string(m.preprocessing.task);
    if (regression) return outputs == 1 ? std::nullopt : std::optional(mismatch("the number of outputs", outputs, 1));
    if (classes < 2) return mismatch("the number of classes", classes, 2);
    if (m.loss == Loss::softmax_cross_entropy) return outputs == classes ? std::nullopt : std::optional(mismatch("the number of outputs", outputs, classes));
    if (classes != 2) return mismatch("the number of classes", classes, 2);
    return outputs == 1 ? std::nullopt : std::optional(mismatch("the number of outputs", outputs, 1));
}

std::optional<std::string> input_problem(const Preprocessing& p, const Net& net) {
    const int64_t inputs = net.weights.widths.front(), features = p.features();
    if (net.scaling != Scaling::none && static_cast<int64_t>(p.mean.size()) != features) return mismatch("the number of feature means", static_cast<int64_t>(p.mean.size()), features);
    if (net.scaling == Scaling::standardize && static_cast<int64_t>(p.scale.size()) != features) return mismatch("the number of feature scales", static_cast<int64_t>(p.scale.size()), features);
    if (net.scaling != Scaling::pca) return inputs == features ? std::nullopt : std::optional(mismatch("the number of inputs", inputs, features));
    if (p.kept < 1 || static_cast<int64_t>(p.components.size()) != features * p.kept) return mismatch("the number of component values", static_cast<int64_t>(p.components.size()), features * std::max(p.kept, 1));
    if (inputs > p.kept) return "the net has " + std::to_string(inputs) + " inputs but only " + std::to_string(p.kept) + " components are kept";
    return {};
}

} // namespace

std::vector<Net*> mutable_nets(Model& m) {
    std::vector<Net*> all{&m};
    for (Net& net : m.others) all.push_back(&net);
    return all;
}

Metadata metadata_of(const Model& m) {
    Metadata metadata{{"caviar_model", m.others.empty() ? version_of_one : version_of_ensemble},
                      {"caviar_version", CAVIAR_VERSION},
                      {"loss", to_string(m.loss)},
                      {"preprocessing", to_json(m.preprocessing)},
                      {"missing", words_to_json(m.missing)},
                      {"note", m.note}};
    if (m.others.empty()) {
        metadata["activation"] = to_string(m.activation);
        metadata["scaling"] = to_string(m.scaling);
    } else {
        metadata["nets"] = nets_to_json(m);
    }
    return metadata;
}

Model model_from(const Metadata& metadata, const std::string& file) {
    if (!metadata.contains("caviar_model"))
        throw DataError(file + ": is not a model of caviar: the metadata has no \"caviar_model\"; make one with: caviar export STUDY -o FILE");
    const std::string& version = text_at(metadata, "caviar_model", file);
    if (version != version_of_one && version != version_of_ensemble)
        throw DataError(file + ": its format version is \"" + version.substr(0, 40) + "\", this caviar reads versions 1 and 2; use a newer caviar");
    Model m;
    if (version == version_of_one) net_from(metadata, m, file);
    else nets_from(text_at(metadata, "nets", file), m, file);
    m.loss = named(metadata, "loss", {Loss::softmax_cross_entropy, Loss::binary_cross_entropy, Loss::mean_squared_error}, file);
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
    const auto all = nets(m);
    for (size_t i = 0; i < all.size(); ++i) {
        const std::string where = m.others.empty() ? "" : "net " + std::to_string(i) + ": ";
        auto wrong = shape_problem(all[i]->weights);
        if (!wrong) wrong = output_problem(m, *all[i]);
        if (!wrong) wrong = input_problem(m.preprocessing, *all[i]);
        if (wrong) return where + *wrong;
    }
    return {};
}

std::string to_json_object(const Metadata& metadata, int indent) {
    nlohmann::ordered_json object;
    for (const char* key : {"caviar_model", "caviar_version", "activation", "loss", "scaling", "nets", "note", "missing", "preprocessing"}) {
        const auto found = metadata.find(key);
        if (found == metadata.end()) continue;
        const std::string& text = found->second;
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
