#include "host/report/json_lines.h"

#include <charconv>
#include <cmath>

namespace caviar::report {

nlohmann::ordered_json json_number(float value) {
    if (!std::isfinite(value)) return nullptr;
    char text[32];
    const char* end = std::to_chars(text, text + sizeof text, value).ptr;
    double digits = 0;
    std::from_chars(text, end, digits);
    // The float's digits as a double; where rounding twice would miss the float, its exact value.
    return static_cast<float>(digits) == value ? digits : static_cast<double>(value);
}

nlohmann::ordered_json json_number(double value) {
    if (!std::isfinite(value)) return nullptr;
    return value;
}

std::string dump(const nlohmann::ordered_json& document, int indent) {
    return document.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void JsonLinesWriter::write(const nlohmann::ordered_json& document) { out_ << dump(document) << '\n'; }

} // namespace caviar::report
