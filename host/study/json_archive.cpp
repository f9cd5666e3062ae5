#include "host/study/json_archive.h"

#include "host/core/value.h"

namespace caviar::study {

namespace {

bool is_utf8(const std::string& text) {
    try {
        (void)Json(text).dump();
        return true;
    } catch (const Json::exception&) {
        return false;
    }
}

} // namespace

Json encode_text(const std::string& text) {
    if (is_utf8(text)) return text;
    Json bytes = Json::array();
    for (const unsigned char c : text) bytes.push_back(c);
    return {{"bytes", bytes}};
}

double shortest(float value) {
    const double number = core::shortest_double(value);
    // The double nearest to the digits nearly always rounds back to the float; where not, the float's exact value does.
    return static_cast<float>(number) == value ? number : static_cast<double>(value);
}

void decode_text(const Json& json, std::string& text, const std::string& where) {
    if (json.is_string()) {
        text = json.get<std::string>();
        return;
    }
    if (!json.is_object() || json.size() != 1 || !json.contains("bytes") || !json["bytes"].is_array()) bad_json(where, "expected text");
    text.clear();
    for (const auto& byte : json["bytes"]) {
        if (!byte.is_number_unsigned() || byte.get<uint64_t>() > 255) bad_json(where, "expected bytes");
        text += static_cast<char>(byte.get<uint64_t>());
    }
}

void decode_value(const Json& json, Value& value, const std::string& where) {
    if (json.is_number_float()) value = json.get<double>();
    else if (json.is_number()) decode_integer(json, value.emplace<int64_t>(), where);
    else decode_text(json, value.emplace<std::string>(), where);
}

} // namespace caviar::study
