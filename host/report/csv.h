#pragma once
/// CSV for machines: RFC 4180 quoting, lines end in "\n" (what Unix tools, pandas and spreadsheets all read).

#include <ostream>
#include <span>
#include <string>
#include <string_view>

namespace caviar::report {

/// Quoted where it holds the delimiter, a quote, a line end, or begins or ends with a space; quotes are doubled.
std::string csv_field(std::string_view, char delimiter = ',');

/// The shortest digits that read back to the same bits; not-a-number is an empty field.
std::string csv_number(double);
std::string csv_number(float);

/// Writes rows to a stream it does not own.
class CsvWriter {
public:
    explicit CsvWriter(std::ostream& out, char delimiter = ',') : out_(out), delimiter_(delimiter) {}
    void row(std::span<const std::string> fields);

private:
    std::ostream& out_;
    char delimiter_;
};

} // namespace caviar::report
