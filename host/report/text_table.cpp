#include "host/report/text_table.h"

#include "caviar/error.h"
#include "host/report/text.h"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace caviar::report {
namespace {

constexpr int gap = 2;
constexpr int narrowest = 6; ///< a text column is not cut below this: less says nothing

bool number(std::string_view cell) {
    if (cell == "nan" || cell == "inf" || cell == "-inf" || cell == "-") return true;
    if (!cell.empty() && (cell.front() == '-' || cell.front() == '+')) cell.remove_prefix(1);
    const size_t digits = cell.find_first_not_of("0123456789.,");
    if (digits == 0 || cell.empty() || cell.front() == ',') return false;
    const std::string_view rest = digits == std::string_view::npos ? std::string_view{} : cell.substr(digits);
    if (rest.empty() || rest.front() == ' ') return rest.find('-') == std::string_view::npos; // a unit, not a range "1 - 2"
    return rest.front() == 'e' && rest.find_first_not_of("0123456789+-", 1) == std::string_view::npos;
}

} // namespace

void TextTable::add(std::vector<std::string> cells) {
    if (cells.size() > headers_.size())
        throw UsageError("a row of " + std::to_string(cells.size()) + " cells in a table of " + std::to_string(headers_.size()) + " columns");
    cells.resize(headers_.size());
    for (std::string& cell : cells) cell = printable(cell);
    rows_.push_back(std::move(cells));
}

int TextTable::column_width(size_t column) const {
    int widest = display_width(headers_[column]);
    for (const auto& row : rows_) widest = std::max(widest, display_width(row[column]));
    return widest;
}

TextTable TextTable::part(size_t keys, size_t begin, size_t end) const {
    const auto cut = [&](const std::vector<std::string>& cells) {
        std::vector<std::string> some(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(keys));
        some.insert(some.end(), cells.begin() + static_cast<std::ptrdiff_t>(begin), cells.begin() + static_cast<std::ptrdiff_t>(end));
        return some;
    };
    TextTable table(cut(headers_));
    for (const auto& row : rows_) table.rows_.push_back(cut(row));
    return table;
}

std::string TextTable::folded(size_t keys, int width, bool colour) const {
    if (width <= 0) return str(0, colour);
    keys = std::min(keys, headers_.size());
    int key_width = 0;
    for (size_t c = 0; c < keys; ++c) key_width += column_width(c) + gap;
    std::string text;
    for (size_t begin = keys; begin < headers_.size() || text.empty();) {
        size_t end = begin;
        for (int used = key_width - gap; end < headers_.size(); ++end) {
            used += gap + column_width(end);
            if (used > width && end > begin) break;
        }
        text += (text.empty() ? "" : "\n") + part(keys, begin, end).str(width, colour);
        begin = end;
    }
    return text;
}

std::string TextTable::str(int width, bool colour) const {
    const size_t n = headers_.size();
    std::vector<int> widths(n);
    std::vector<bool> right(n, !rows_.empty());
    for (size_t c = 0; c < n; ++c) {
        widths[c] = column_width(c);
        for (const auto& row : rows_)
            if (!row[c].empty() && !number(row[c])) right[c] = false;
    }
    const auto total = [&] { return std::accumulate(widths.begin(), widths.end(), gap * (static_cast<int>(n) - 1)); };
    // Text gives way first, the widest column before the others: half a number is worse than none.
    for (int over = width > 0 ? total() - width : 0; over > 0; --over) {
        int widest = -1;
        for (size_t c = 0; c < n; ++c)
            if (!right[c] && widths[c] > narrowest && (widest < 0 || widths[c] > widths[static_cast<size_t>(widest)])) widest = static_cast<int>(c);
        if (widest < 0) break;
        --widths[static_cast<size_t>(widest)];
    }
    const auto line = [&](const std::vector<std::string>& cells) {
        std::string text;
        for (size_t c = 0; c < n; ++c) {
            if (c > 0) text.append(gap, ' ');
            const std::string cell = truncate(cells[c], widths[c]);
            text += right[c] ? pad_left(cell, widths[c]) : pad_right(cell, widths[c]);
        }
        text.erase(text.find_last_not_of(' ') + 1);
        return width > 0 ? truncate(text, width) : text;
    };
    std::string text = coloured(line(headers_), Colour::bold, colour) + "\n";
    for (const auto& row : rows_) text += line(row) + "\n";
    return text;
}

} // namespace caviar::report
