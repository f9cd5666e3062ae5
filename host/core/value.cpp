#include "host/core/value.h"

#include <charconv>
#include <cmath>

namespace caviar {

std::string to_string(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* whole = std::get_if<int64_t>(&value)) return std::to_string(*whole);
    char buffer[32]; // the longest shortest double has 24 characters
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::get<double>(value)).ptr;
    return {buffer, end};
}

std::optional<Value> core::read_number(std::string_view text) {
    if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
    const char *begin = text.data(), *end = begin + text.size();
    if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return {};
    int64_t whole = 0;
    if (const auto r = std::from_chars(begin, end, whole); r.ec == std::errc{} && r.ptr == end) return Value{whole};
    double real = 0;
    if (const auto r = std::from_chars(begin, end, real); r.ec == std::errc{} && r.ptr == end && std::isfinite(real))
        return Value{real};
    return {};
}

double core::shortest_double(float value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    double result = value;
    std::from_chars(buffer, end, result);
    return static_cast<float>(result) == value ? result : static_cast<double>(value);
}

std::optional<double> core::as_double(const Value& value) {
    if (const auto* real = std::get_if<double>(&value)) return *real;
    if (const auto* whole = std::get_if<int64_t>(&value)) return static_cast<double>(*whole);
    return {};
}

} // namespace caviar
