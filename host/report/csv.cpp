#include "host/report/csv.h"

#include <charconv>
#include <cmath>

namespace caviar::report {
namespace {

template <class Float>
std::string shortest(Float value) {
    if (std::isnan(value)) return {};
    char text[64];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

} // namespace

std::string csv_field(std::string_view text, char delimiter) {
    const bool spaced = !text.empty() && (text.front() == ' ' || text.back() == ' ');
    const char special[] = {delimiter, '"', '\n', '\r'};
    if (!spaced && text.find_first_of({special, sizeof special}) == std::string_view::npos) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string csv_number(double value) { return shortest(value); }
std::string csv_number(float value) { return shortest(value); }

void CsvWriter::row(std::span<const std::string> fields) {
    std::string line;
    for (size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) line += delimiter_;
        line += csv_field(fields[i], delimiter_);
    }
    // A row of one empty field would be an empty line, which readers skip.
    if (fields.size() == 1 && fields[0].empty()) line = "\"\"";
    out_ << line << '\n';
}

} // namespace caviar::report
