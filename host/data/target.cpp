#include "host/data/target.h"

#include "caviar/error.h"
#include "host/data/encode.h"
#include "host/data/number.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace caviar::data {
namespace {

constexpr size_t most_inferred_classes = 20;
constexpr size_t rows_a_class = 5;

std::string text_at(const Column& column, int64_t row) {
    const auto r = static_cast<size_t>(row);
    return column.categorical ? column.levels[static_cast<size_t>(column.codes[r])] : text_of(column.value(row));
}

bool looks_like_classes(const std::set<double>& values, size_t rows) {
    if (values.size() > most_inferred_classes || rows < rows_a_class * values.size()) return false;
    if (!std::all_of(values.begin(), values.end(), [](double x) { return x == std::trunc(x); })) return false;
    return values.size() <= 2 || (*values.begin() >= -1 && *values.begin() <= 1);
}

Task infer(const Column& target, std::span<const int64_t> rows) {
    if (!target.categorical) {
        std::set<double> values;
        for (const int64_t r : rows) {
            values.insert(target.value(r));
            if (values.size() > most_inferred_classes) break;
        }
        if (!looks_like_classes(values, rows.size())) return Task::regression;
        return values.size() == 2 ? Task::binary : Task::multiclass;
    }
    std::set<int32_t> codes;
    for (const int64_t r : rows) codes.insert(target.codes[static_cast<size_t>(r)]);
    return codes.size() == 2 ? Task::binary : Task::multiclass;
}

/// Class names in their order, each with its number of rows.
std::vector<std::pair<std::string, int64_t>> count_classes(const Column& target, std::span<const int64_t> rows) {
    std::vector<std::pair<std::string, int64_t>> classes;
    if (target.categorical) {
        std::vector<int64_t> count(target.levels.size());
        for (const int64_t r : rows) ++count[static_cast<size_t>(target.codes[static_cast<size_t>(r)])];
        for (size_t level = 0; level < count.size(); ++level)
            if (count[level] > 0) classes.emplace_back(target.levels[level], count[level]);
    } else {
        std::map<double, int64_t> count;
        for (const int64_t r : rows) ++count[target.value(r)];
        for (const auto& [value, n] : count) classes.emplace_back(text_of(value), n);
    }
    const bool numbers = std::all_of(classes.begin(), classes.end(), [](const auto& c) { return exact_number_of(c.first).has_value(); });
    std::sort(classes.begin(), classes.end(), [&](const auto& a, const auto& b) {
        if (numbers && *exact_number_of(a.first) != *exact_number_of(b.first)) return *exact_number_of(a.first) < *exact_number_of(b.first);
        return a.first < b.first;
    });
    return classes;
}

} // namespace

std::vector<int64_t> labelled_rows(const Column& target) {
    std::vector<int64_t> rows;
    for (int64_t r = 0; r < target.rows(); ++r) {
        const auto i = static_cast<size_t>(r);
        if (target.categorical ? target.codes[i] >= 0 : !std::isnan(target.numbers[i])) rows.push_back(r);
    }
    return rows;
}

TargetPlan plan_target(const Table& table, const Column& target, std::span<const int64_t> rows, std::optional<Task> task, int64_t fewest) {
    TargetPlan plan;
    plan.task = task ? *task : infer(target, rows);
    if (plan.task == Task::regression) {
        if (!target.categorical) plan.offset = offset_of(target, rows);
        return plan;
    }
    if (target.rounded)
        throw DataError(table.name + ": the target " + target.name + " holds whole numbers too large to be told apart as numbers; read it as words (--as-text " +
                        target.name + ")");

    const auto classes = count_classes(target, rows);
    const auto is_number = [](const auto& c) { return number_of(c.first).has_value(); };
    const auto numbers = std::count_if(classes.begin(), classes.end(), is_number);
    const auto word = std::find_if_not(classes.begin(), classes.end(), is_number);
    for (const auto& [name, count] : classes) {
        if (count >= fewest) continue;
        std::string hint = "; a class needs at least two, better ten: join rare classes or drop the row";
        if (numbers == static_cast<int64_t>(classes.size())) hint += ", or ask for regression";
        else if (2 * numbers > static_cast<int64_t>(classes.size())) hint += "; or is '" + word->first + "' a slip in a column of numbers?";
        throw DataError(table.name + ": the class '" + name + "' of the target " + target.name + " has one row only" + hint);
    }
    if (classes.size() < 2) throw DataError(table.name + ": the target " + target.name + " is the same in every row; there is nothing to learn");
    if (plan.task == Task::binary && classes.size() != 2)
        throw UsageError("task binary takes two classes; the target " + target.name + " has " + std::to_string(classes.size()) + ". Use multiclass");
    for (const auto& entry : classes) plan.classes.push_back(entry.first);
    return plan;
}

std::vector<float> read_targets(const TargetPlan& plan, const Table& table, int32_t position, std::span<const int64_t> rows) {
    const Column& column = table.columns[static_cast<size_t>(position)];
    std::map<std::string, float, std::less<>> by_text;
    std::map<double, float> by_number; // "1" and "1.0" are one label where the other table wrote it so
    for (size_t i = 0; i < plan.classes.size(); ++i) {
        by_text.emplace(plan.classes[i], static_cast<float>(i));
        if (const auto number = exact_number_of(plan.classes[i])) by_number.emplace(*number, static_cast<float>(i));
    }
    const auto value_of = [&](const std::string& text) -> std::optional<float> {
        const auto number = exact_number_of(text);
        if (plan.task == Task::regression) return number ? std::optional(static_cast<float>(*number - plan.offset)) : std::nullopt;
        if (const auto found = by_text.find(text); found != by_text.end()) return found->second;
        if (const auto found = number ? by_number.find(*number) : by_number.end(); found != by_number.end()) return found->second;
        return std::nullopt;
    };
    // A label is looked up once a level, not once a row.
    std::vector<std::optional<float>> of_level;
    for (const std::string& level : column.levels) of_level.push_back(value_of(level));

    std::vector<float> targets;
    targets.reserve(rows.size());
    for (const int64_t r : rows) {
        const auto i = static_cast<size_t>(r);
        std::optional<float> value;
        if (column.categorical) value = of_level[static_cast<size_t>(column.codes[i])];
        else if (plan.task == Task::regression) value = static_cast<float>(column.value(r) - plan.offset);
        else if (const auto found = by_number.find(column.value(r)); found != by_number.end()) value = found->second;
        if (!value)
            throw DataError(table.name, file_row(table, r), position + 1,
                            "'" + text_at(column, r) + (plan.task == Task::regression ? "' is not a number; regression needs numbers in " : "' is not among the classes of ") +
                                column.name + (plan.task == Task::regression ? "" : " in the training table"));
        if (!std::isfinite(*value)) throw DataError(table.name, file_row(table, r), position + 1, "an infinite target");
        targets.push_back(*value);
    }
    return targets;
}

} // namespace caviar::data
