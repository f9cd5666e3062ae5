#pragma once
/// A table for a person at a terminal. For machines: csv.h and json_lines.h.

#include <string>
#include <vector>

namespace caviar::report {

/// Columns are as wide as their widest cell on screen, two spaces apart. A column whose cells are all numbers (with or
/// without a unit: "12.5 s", "1.2 M") or empty is set to the right, its header too. Cells pass through `printable`.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> headers) : headers_(std::move(headers)) {}
    /// One row; missing cells are empty. Throws UsageError for more cells than headers.
    void add(std::vector<std::string> cells);
    size_t rows() const { return rows_.size(); }

    /// Lines that end in '\n', the header first. `width` > 0: no line is wider; text columns are cut first, then lines.
    /// `colour`: the header is bold.
    std::string str(int width = 0, bool colour = false) const;

    /// As str, but columns that find no room continue in further tables below, after an empty line each, which repeat the first `keys`.
    std::string folded(size_t keys, int width = 0, bool colour = false) const;

private:
    int column_width(size_t column) const;
    TextTable part(size_t keys, size_t begin, size_t end) const; ///< the first `keys` columns, and those from begin to end

    std::vector<std::string> headers_;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace caviar::report
