#include "host/data/encode.h"

#include "caviar/error.h"
#include "host/data/memory.h"
#include "host/data/number.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

namespace caviar::data {
namespace {

/// A few names, and how many more there are.
std::string listed(const std::vector<std::string>& names) {
    constexpr size_t most = 8;
    std::string text;
    for (size_t i = 0; i < names.size() && i < most; ++i) text += (i ? ", " : "") + names[i];
    if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
    return text;
}

struct Findings {
    std::vector<std::string> empty, constant, identifiers, counters;
    std::vector<std::string> rare;
};

/// False where the column is of no use.
bool fit_numbers(const Column& column, std::span<const int64_t> rows, bool keep_constant, ColumnEncoding& encoding, Findings& findings) {
    encoding.offset = offset_of(column, rows);
    double sum = 0;
    int64_t present = 0;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    bool counts_up = rows.size() >= 10;
    double last = std::numeric_limits<double>::quiet_NaN();
    for (const int64_t r : rows) {
        const double x = column.value(r);
        if (std::isnan(x)) continue;
        sum += x - encoding.offset;
        ++present;
        low = std::min(low, x);
        high = std::max(high, x);
        counts_up &= !(x <= last) && x == std::trunc(x);
        last = x;
    }
    if (present == 0 && !keep_constant) return findings.empty.push_back(column.name), false;
    const bool gaps = present < static_cast<int64_t>(rows.size());
    if (low == high && !gaps && !keep_constant) return findings.constant.push_back(column.name), false;
    // Rows of a table that only ever count up, with few gaps for the rows of the other parts: a row number, not a measurement.
    if (counts_up && !gaps && high - low < 4 * static_cast<double>(rows.size())) findings.counters.push_back(column.name);
    encoding.fill = present == 0 ? 0 : low == high ? static_cast<float>(low - encoding.offset) : static_cast<float>(sum / static_cast<double>(present));
    encoding.missing_indicator = gaps && present > 0;
    return true;
}

bool fit_levels(const Column& column, std::span<const int64_t> rows, int32_t max_levels, ColumnEncoding& encoding, Findings& findings) {
    std::vector<int64_t> count(column.levels.size());
    int64_t present = 0;
    for (const int64_t r : rows)
        if (const int32_t code = column.codes[static_cast<size_t>(r)]; code >= 0) {
            ++count[static_cast<size_t>(code)];
            ++present;
        }
    std::vector<size_t> used;
    for (size_t level = 0; level < count.size(); ++level)
        if (count[level] > 0) used.push_back(level);
    if (present == 0) return findings.empty.push_back(column.name), false;
    if (used.size() == 1 && present == static_cast<int64_t>(rows.size())) return findings.constant.push_back(column.name), false;
    if (static_cast<int64_t>(used.size()) == present && present >= 10) return findings.identifiers.push_back(column.name), false;
    if (used.size() > static_cast<size_t>(max_levels)) {
        std::stable_sort(used.begin(), used.end(), [&](size_t a, size_t b) { return count[a] > count[b]; });
        findings.rare.push_back(column.name + " (" + std::to_string(used.size() - static_cast<size_t>(max_levels)) + " of " +
                                std::to_string(used.size()) + ")");
        used.resize(static_cast<size_t>(max_levels));
    }
    for (const size_t level : used) encoding.levels.push_back(column.levels[level]);
    std::sort(encoding.levels.begin(), encoding.levels.end()); // so that the rows' order in the file does not show
    return true;
}

void report(const Findings& findings, int32_t max_levels, std::vector<std::string>& warnings) {
    const auto say = [&](const std::vector<std::string>& names, const std::string& before, const std::string& after) {
        if (!names.empty()) warnings.push_back((names.size() == 1 ? "column " : std::to_string(names.size()) + " columns ") + before + listed(names) + after);
    };
    say(findings.empty, "without any value in the training rows dropped: ", "");
    say(findings.constant, "constant over the training rows dropped: ", "");
    say(findings.identifiers, "with another text in every row dropped, as identifiers predict nothing: ", "");
    say(findings.counters, "that may only number the rows kept: ", "; drop it if it means nothing for new rows");
    say(findings.rare, "with more than " + std::to_string(max_levels) + " levels; the rarest count as unknown: ", "");
}

/// The feature (0 .. levels) for every value a column can have.
class LevelIndex {
public:
    LevelIndex(const ColumnEncoding& encoding, const Column& column) : unknown_(static_cast<int32_t>(encoding.levels.size())) {
        std::unordered_map<std::string_view, int32_t> by_text;
        for (int32_t i = 0; i < unknown_; ++i) by_text.emplace(encoding.levels[static_cast<size_t>(i)], i);
        for (const std::string& level : column.levels) {
            const auto found = by_text.find(level);
            of_code_.push_back(found == by_text.end() ? unknown_ : found->second);
        }
        // This table's column may hold nothing but numbers where the training table had texts, too. Levels that are one number, as 1 and
        // 01, are not told apart by it; whoever has the texts reads them as such (read_as.h).
        if (!column.categorical)
            for (int32_t i = 0; i < unknown_; ++i)
                if (const auto number = exact_number_of(encoding.levels[static_cast<size_t>(i)]))
                    if (const auto [at, first] = by_number_.emplace(*number, i); !first) at->second = unknown_;
    }
    int32_t of(const Column& column, int64_t row) const {
        if (column.categorical) {
            const int32_t code = column.codes[static_cast<size_t>(row)];
            return code < 0 ? unknown_ : of_code_[static_cast<size_t>(code)];
        }
        const double value = column.value(row);
        if (std::isnan(value)) return unknown_;
        const auto found = by_number_.find(value);
        return found == by_number_.end() ? unknown_ : found->second;
    }

private:
    int32_t unknown_;
    std::vector<int32_t> of_code_;
    std::map<double, int32_t> by_number_;
};

/// Columns are matched by name where both tables have names, else by position.
bool by_name(const Preprocessing& p, const Table& table) { return p.named && table.named; }

/// -1 where the table has no such column.
int32_t find(const Preprocessing& p, const Table& table, const std::string& name, int32_t position) {
    const auto count = static_cast<int32_t>(table.columns.size());
    if (by_name(p, table)) {
        for (int32_t c = 0; c < count; ++c)
            if (table.columns[static_cast<size_t>(c)].name == name) return c;
        return -1;
    }
    // A table of new rows, one column short, is taken to leave out the target.
    const bool without_target = count == p.table_columns - 1;
    if (without_target && position == p.target_position) return -1;
    if (without_target && position > p.target_position) --position;
    return position < count ? position : -1;
}

std::string due(const Preprocessing& p, const Table& table) {
    return by_name(p, table) ? std::string() : "; a table without a header must have the " + std::to_string(p.table_columns) +
                                                   " columns of the training table, or all but the target; this has " +
                                                   std::to_string(table.columns.size());
}

void put_number(const ColumnEncoding& encoding, const Table& table, const Column& column, int32_t position, int64_t r, float* to) {
    double x = 0;
    if (!column.categorical) {
        x = column.value(r);
    } else if (const int32_t code = column.codes[static_cast<size_t>(r)]; code < 0) {
        x = std::numeric_limits<double>::quiet_NaN();
    } else if (const auto number = exact_number_of(column.levels[static_cast<size_t>(code)])) {
        x = *number;
    } else {
        throw DataError(table.name, file_row(table, r), position + 1,
                        "'" + column.levels[static_cast<size_t>(code)] + "' where column " + encoding.name + " was numeric in training");
    }
    if (std::isinf(x)) throw DataError(table.name, file_row(table, r), position + 1, "an infinite value; use NaN for a missing one");
    to[0] = std::isnan(x) ? encoding.fill : static_cast<float>(x - encoding.offset);
    if (encoding.missing_indicator) to[1] = std::isnan(x) ? 1.0f : 0.0f;
}

} // namespace

double offset_of(const Column& column, std::span<const int64_t> rows) {
    if (column.rest.empty()) return 0;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const int64_t r : rows) {
        const double x = column.value(r);
        if (std::isnan(x)) continue;
        low = std::min(low, x);
        high = std::max(high, x);
    }
    return low > high / 2 || high < low / 2 ? low : 0;
}

std::vector<ColumnEncoding> fit_columns(const Table& table, std::span<const int64_t> rows, const FitOptions& options, std::vector<std::string>& warnings) {
    std::vector<ColumnEncoding> encodings;
    Findings findings;
    for (size_t c = 0; c < table.columns.size(); ++c) {
        if (options.unused[c]) continue;
        const Column& column = table.columns[c];
        ColumnEncoding encoding;
        encoding.name = column.name;
        encoding.position = static_cast<int32_t>(c);
        encoding.categorical = column.categorical;
        const bool useful = column.categorical ? fit_levels(column, rows, options.max_levels, encoding, findings)
                                               : fit_numbers(column, rows, options.keep_constant, encoding, findings);
        if (useful) encodings.push_back(std::move(encoding));
    }
    report(findings, options.max_levels, warnings);
    if (encodings.empty())
        throw DataError(table.name + ": no usable column beside the target" + (warnings.empty() ? "" : " (" + warnings.back() + ")"));
    return encodings;
}

void require_memory(const Preprocessing& p, const std::string& name, int64_t rows, int64_t copies) {
    double features = 0;
    const ColumnEncoding* widest = nullptr;
    for (const ColumnEncoding& column : p.columns) {
        features += column.width();
        if (!widest || column.width() > widest->width()) widest = &column;
    }
    const double bytes = features * static_cast<double>(rows) * static_cast<double>(copies) * sizeof(float);
    const auto free = static_cast<double>(free_memory());
    if (!widest || (bytes <= free && features <= std::numeric_limits<int32_t>::max())) return;
    throw DataError(name + ": " + std::to_string(rows) + " rows of " + std::to_string(static_cast<int64_t>(features)) + " features take " + gigabytes(bytes) +
                    ", and " + gigabytes(free) + " are free; lower --max-levels or drop columns (" + widest->name + " alone makes " +
                    std::to_string(widest->width()) + " features), give fewer rows, or use a machine with more memory");
}

void refuse_repeated(const Preprocessing& p, const Table& table) {
    if (!by_name(p, table)) return;
    std::unordered_set<std::string_view> known;
    for (const ColumnEncoding& encoding : p.columns) known.insert(encoding.name);
    for (const std::string& name : table.repeated) // the second of them is NAME_2 here, as it was in a training table like this one
        if (known.contains(name) && !known.contains(name + "_2"))
            throw DataError(table.name + ": several columns are named '" + name + "' in the header, and the model looks at one; rename those that it should not look at");
}

namespace {

/// Where each encoded column stands; -1 where the table lacks it.
std::vector<int32_t> places(const Preprocessing& p, const Table& table) {
    std::vector<int32_t> positions;
    std::unordered_map<std::string_view, int32_t> by_its_name; // a search for each of many columns would take their square
    if (by_name(p, table))
        for (size_t c = 0; c < table.columns.size(); ++c) by_its_name.emplace(table.columns[c].name, static_cast<int32_t>(c));
    for (const ColumnEncoding& encoding : p.columns) {
        if (by_name(p, table)) {
            const auto found = by_its_name.find(encoding.name);
            positions.push_back(found == by_its_name.end() ? -1 : found->second);
        } else {
            positions.push_back(find(p, table, encoding.name, encoding.position));
        }
    }
    return positions;
}

} // namespace

std::vector<int32_t> texts_in(const Preprocessing& p, const Table& table) {
    const std::vector<int32_t> positions = places(p, table);
    std::vector<int32_t> texts;
    for (size_t i = 0; i < positions.size(); ++i)
        if (p.columns[i].categorical && positions[i] >= 0) texts.push_back(positions[i]);
    return texts;
}

std::vector<int32_t> positions_in(const Preprocessing& p, const Table& table) {
    const auto count = static_cast<int32_t>(table.columns.size());
    if (!by_name(p, table) && count > p.table_columns) // an unknown column in front would move all the others
        throw DataError(table.name + ": " + std::to_string(count - p.table_columns) + (count - p.table_columns == 1 ? " column" : " columns") + " too many" + due(p, table));
    std::vector<int32_t> positions = places(p, table);
    std::vector<std::string> absent;
    for (size_t i = 0; i < positions.size(); ++i)
        if (positions[i] < 0) absent.push_back(p.columns[i].name);
    if (!absent.empty())
        throw DataError(table.name + ": " + (absent.size() == 1 ? "a column of the training table is" : std::to_string(absent.size()) + " columns of the training table are") +
                        " missing: " + listed(absent) + due(p, table));
    return positions;
}

int32_t target_in(const Preprocessing& p, const Table& table) {
    const int32_t position = find(p, table, p.target, p.target_position);
    if (position < 0) throw DataError(table.name + ": the target column " + p.target + " is missing" + due(p, table));
    return position;
}

std::vector<Matrix> encode(const Preprocessing& p, const Table& table, std::span<const std::span<const int64_t>> parts, const RowsDone& done) {
    const std::vector<int32_t> positions = positions_in(p, table);
    std::vector<LevelIndex> indexes; // one for each column; empty for the numeric ones
    for (size_t i = 0; i < p.columns.size(); ++i)
        indexes.emplace_back(p.columns[i], table.columns[static_cast<size_t>(positions[i])]);

    const int32_t width = p.features();
    std::vector<Matrix> results;
    for (const auto rows : parts) {
        results.push_back({std::ssize(rows), width, {}});
        results.back().values.reserve(rows.size() * static_cast<size_t>(width)); // takes no memory until it is written
    }
    std::vector<size_t> next(parts.size());
    constexpr int64_t together = 64;     // rows a round, so that a round's part of the result stays in the cache
    constexpr int64_t between = 1 << 16; // rows between calls of `done`: a multiple of the above
    for (int64_t first = 0; first < table.rows(); first += together) {
        if (done && first % between == 0) done(first);
        for (size_t part = 0; part < parts.size(); ++part) {
            const auto left = parts[part].subspan(next[part]);
            const auto end = std::lower_bound(left.begin(), left.begin() + std::min(together, std::ssize(left)), first + together);
            const auto rows = left.first(static_cast<size_t>(end - left.begin()));
            std::vector<float>& values = results[part].values;
            values.resize((next[part] + rows.size()) * static_cast<size_t>(width));
            float* to = values.data() + next[part] * static_cast<size_t>(width);
            next[part] += rows.size();
            for (size_t i = 0; i < p.columns.size(); ++i) {
                const ColumnEncoding& encoding = p.columns[i];
                const Column& column = table.columns[static_cast<size_t>(positions[i])];
                for (size_t k = 0; k < rows.size(); ++k) {
                    float* const its = to + k * static_cast<size_t>(width);
                    if (encoding.categorical) its[indexes[i].of(column, rows[k])] = 1;
                    else put_number(encoding, table, column, positions[i], rows[k], its);
                }
                to += encoding.width();
            }
        }
    }
    return results;
}

Matrix encode(const Preprocessing& p, const Table& table, std::span<const int64_t> rows) {
    return std::move(encode(p, table, std::span(&rows, 1), {}).front());
}

} // namespace caviar::data

namespace caviar {

int32_t Preprocessing::features() const {
    return std::accumulate(columns.begin(), columns.end(), 0, [](int32_t sum, const ColumnEncoding& column) { return sum + column.width(); });
}

} // namespace caviar
