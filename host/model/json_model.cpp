#include "host/model/json_model.h"

#include "caviar/error.h"
#include "host/core/value.h"
#include "host/model/json.h"
#include "host/model/layers.h"
#include "host/model/metadata.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace caviar::model {
namespace {

/// The shortest double that every JSON reader turns into the same float.
void append_float(std::string& text, float value) {
    char digits[32];
    const char* const end = std::to_chars(digits, digits + sizeof digits, core::shortest_double(value)).ptr;
    text.append(static_cast<const char*>(digits), end);
    // "-0" is an integer to JSON readers, which would drop the sign.
    if (value == 0 && std::signbit(value)) text += ".0";
}

void append_row(std::string& text, std::span<const float> values) {
    text += '[';
    for (size_t i = 0; i < values.size(); ++i) {
        if (i > 0) text += ", ";
        append_float(text, values[i]);
    }
    text += ']';
}

void append_layer_text(std::string& text, const LayerView& layer) {
    text += "    {\"weight\": [";
    for (int32_t r = 0; r < layer.in; ++r) {
        text += r > 0 ? ",\n      " : "\n      ";
        append_row(text, layer.weight.subspan(static_cast<size_t>(r) * static_cast<size_t>(layer.out), static_cast<size_t>(layer.out)));
    }
    text += "],\n     \"bias\": ";
    append_row(text, layer.bias);
    text += "}";
}

std::vector<float> numbers_from(const nlohmann::json& array, const std::string& where) {
    if (!array.is_array() || array.empty() || array.size() > std::numeric_limits<int32_t>::max()) throw DataError(where + " is not an array of numbers");
    std::vector<float> values;
    values.reserve(array.size());
    for (const auto& item : array) {
        if (!item.is_number()) throw DataError(where + " holds something that is not a number");
        const double value = item.get<double>();
        if (!(std::abs(value) <= std::numeric_limits<float>::max())) throw DataError(where + " holds a number beyond the range of a float");
        values.push_back(static_cast<float>(value));
    }
    return values;
}

void append_layer_from(Weights& weights, const nlohmann::json& layer, const std::string& file) {
    const std::string where = file + ": layer " + std::to_string(layer_count(weights));
    if (!layer.is_object() || layer.size() != 2 || !layer.contains("weight") || !layer.contains("bias")) throw DataError(where + " is not {\"weight\": ..., \"bias\": ...}");
    const auto& rows = layer["weight"];
    if (!rows.is_array() || rows.empty() || rows.size() > std::numeric_limits<int32_t>::max()) throw DataError(where + ": weight is not an array of rows");
    const std::vector<float> bias = numbers_from(layer["bias"], where + ": bias");
    std::vector<float> weight;
    for (const auto& row : rows) {
        const std::vector<float> values = numbers_from(row, where + ": weight");
        if (values.size() != bias.size()) throw DataError(where + ": a row of weight has " + std::to_string(values.size()) + " numbers, bias has " + std::to_string(bias.size()));
        weight.insert(weight.end(), values.begin(), values.end());
    }
    append_layer(weights, static_cast<int32_t>(rows.size()), static_cast<int32_t>(bias.size()), weight, bias, file);
}

void append_layers_text(std::string& text, const Net& net) {
    text += "[\n";
    const auto layers = layers_of(net.weights);
    for (size_t i = 0; i < layers.size(); ++i) {
        if (i > 0) text += ",\n";
        append_layer_text(text, layers[i]);
    }
    text += "\n  ]";
}

void append_layers_from(Weights& weights, const nlohmann::json& layers, const std::string& file) {
    if (!layers.is_array()) throw DataError(file + ": has no array \"layers\"");
    for (const auto& layer : layers) append_layer_from(weights, layer, file);
}

} // namespace

bool looks_like_json(std::string_view bytes) {
    const size_t first = bytes.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && bytes[first] == '{';
}

std::string encode_json(const Model& m) {
    std::string text = to_json_object(metadata_of(m), 2);
    text.resize(text.rfind('\n')); // without the closing brace
    text += ",\n  \"layers\": ";
    if (m.others.empty()) {
        append_layers_text(text, m);
    } else {
        for (const Net* net : nets(m)) {
            text += net == &m ? "[" : ", ";
            append_layers_text(text, *net);
        }
        text += "]";
    }
    return text + "\n}\n";
}

Model decode_json(std::string_view bytes, const std::string& file) {
    nlohmann::json document = parse_json(bytes, file, "the model");
    if (!document.is_object()) throw DataError(file + ": the model is not a JSON object");
    const auto found = document.find("layers");
    const nlohmann::json layers = found == document.end() ? nlohmann::json() : std::move(*found);
    document.erase("layers");
    Model m = model_from(metadata_from_json(document, file), file);
    if (m.others.empty()) {
        append_layers_from(m.weights, layers, file);
        return m;
    }
    const auto all = mutable_nets(m);
    if (!layers.is_array() || layers.size() != all.size()) throw DataError(file + ": \"layers\" is not a list for each of the " + std::to_string(all.size()) + " nets");
    for (size_t i = 0; i < all.size(); ++i) append_layers_from(all[i]->weights, layers[i], file);
    return m;
}

} // namespace caviar::model
