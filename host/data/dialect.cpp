#include "caviar/error.h"
#include "host/data/readers.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

namespace caviar::data {
namespace {

constexpr size_t most_rows = 100;

struct Cell {
    std::string text;
    bool is_number, missing;
};

/// The first rows under one guess of the dialect.
struct Sample {
    Dialect dialect;
    std::vector<std::vector<Cell>> rows;
    bool readable = true;
    int64_t single_quoted = 0; ///< fields in single quotes

    bool even() const {
        return std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return row.size() == rows[0].size(); });
    }
    size_t columns() const { return rows.empty() ? 0 : rows[0].size(); }
    int64_t numbers() const {
        int64_t count = 0;
        for (const auto& row : rows) count += std::count_if(row.begin(), row.end(), [](const Cell& cell) { return cell.is_number; });
        return count;
    }
};

Sample sample(const std::string& head, bool whole, Dialect dialect, const ReadOptions& options) {
    Sample result{dialect, {}, true, 0};
    try {
        Input input(head, "", std::numeric_limits<int64_t>::max());
        Fields fields(input, dialect);
        Field field;
        for (bool last = true; result.rows.size() < most_rows || !last;) {
            if (!fields.next(field)) break;
            if (last) result.rows.emplace_back();
            last = field.last;
            result.single_quoted += field.quote == '\'';
            result.rows.back().push_back({std::string(field.text), field.is_number, is_missing(field.text, options)});
        }
        if (!whole && result.rows.size() > 1 && result.rows.size() < most_rows) result.rows.pop_back(); // perhaps cut off
    } catch (const DataError&) {
        result.readable = false;
    }
    return result;
}

/// A header is text over numbers; or, where all is text, words that are all different and never occur below themselves.
bool looks_like_header(const std::vector<std::vector<Cell>>& rows) {
    if (rows.empty()) return false;
    const auto& first = rows[0];
    size_t numbers = 0, text_over_numbers = 0;
    bool repeated = false;
    std::set<std::string> words;
    for (size_t c = 0; c < first.size(); ++c) {
        numbers += first[c].is_number;
        if (first[c].is_number) continue;
        if (first[c].missing && !first[c].text.empty()) return false; // a mark such as "?" names no column
        repeated |= !words.insert(first[c].text).second;
        size_t below = 0, text_below = 0;
        for (size_t r = 1; r < rows.size(); ++r) {
            if (c >= rows[r].size()) continue;
            below += rows[r][c].is_number;
            text_below += !rows[r][c].is_number && !rows[r][c].missing;
            repeated |= rows[r][c].text == first[c].text;
        }
        text_over_numbers += below > 0 && text_below == 0 && !first[c].missing;
    }
    if (text_over_numbers > 0 && text_over_numbers >= numbers) return true;
    return numbers == 0 && !repeated;
}

} // namespace

bool is_missing(std::string_view text, const ReadOptions& options) {
    return std::find(options.missing.begin(), options.missing.end(), text) != options.missing.end();
}

Dialect sniff(std::string head, bool whole, const ReadOptions& options) {
    if (!whole)
        if (const size_t end = head.find_last_of("\r\n"); end != head.npos) head.resize(end + 1);
    Sample best;
    auto best_score = std::tuple(false, size_t{0}, int64_t{-1}, int64_t{0});
    for (const char delimiter : {'\t', ',', ';', '|'}) {
        for (const bool single : {false, true}) {
            Sample guess = sample(head, whole, {options.delimiter ? options.delimiter : delimiter, single, false}, options);
            if (single && (!guess.readable || !guess.even() || guess.single_quoted == 0)) continue;
            const bool even = guess.readable && guess.even() && guess.columns() > 1;
            const auto score = std::tuple(even, guess.columns(), guess.numbers(), guess.single_quoted);
            if (score > best_score) {
                best_score = score;
                best = std::move(guess);
            }
        }
        if (options.delimiter) break;
    }
    if (best.columns() <= 1 && !options.delimiter) best = sample(head, whole, {',', best.dialect.single_quotes, false}, options);
    best.dialect.header = options.header ? *options.header : looks_like_header(best.rows);
    return best.dialect;
}

} // namespace caviar::data
