#include "host/cli/data_columns.h"

#include "caviar/error.h"
#include "host/data/number.h"
#include "host/data/target.h"
#include "host/report/text.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace caviar::cli {

namespace {

struct Facts {
    const char* kind = "words";
    int64_t distinct = 0, missing = 0;
    std::string example;
};

Facts facts_of_words(const Column& column) {
    Facts facts;
    std::vector<bool> seen(column.levels.size());
    for (const int32_t code : column.codes) {
        if (code < 0) ++facts.missing;
        else seen[static_cast<size_t>(code)] = true;
    }
    facts.distinct = std::count(seen.begin(), seen.end(), true);
    if (!column.levels.empty()) facts.example = column.levels.front();
    return facts;
}

Facts facts_of_numbers(const Column& column) {
    Facts facts;
    std::vector<double> values;
    values.reserve(column.numbers.size());
    for (int64_t r = 0; r < column.rows(); ++r) {
        if (const double value = column.value(r); !std::isnan(value)) values.push_back(value);
    }
    facts.missing = column.rows() - static_cast<int64_t>(values.size());
    if (!values.empty()) facts.example = data::text_of(values.front());
    const bool whole = std::all_of(values.begin(), values.end(), [](double v) { return v == std::floor(v); });
    facts.kind = whole ? "whole numbers" : "numbers";
    std::sort(values.begin(), values.end());
    facts.distinct = std::unique(values.begin(), values.end()) - values.begin();
    return facts;
}

std::string as_target(const Table& table, const Column& column) {
    try {
        const std::vector<int64_t> rows = data::labelled_rows(column);
        if (rows.empty()) return "";
        const data::TargetPlan plan = data::plan_target(table, column, rows, {});
        return plan.task == Task::regression ? "regression" : std::to_string(plan.classes.size()) + " classes";
    } catch (const Error&) {
        return "unfit"; // a constant, or words of which some occur only once
    }
}

} // namespace

report::TextTable columns_table(const Table& table) {
    report::TextTable text({"#", "column", "kind", "distinct", "missing", "as target", "example"});
    for (size_t i = 0; i < table.columns.size(); ++i) {
        const Column& column = table.columns[i];
        const Facts facts = column.categorical ? facts_of_words(column) : facts_of_numbers(column);
        text.add({std::to_string(i + 1), report::truncate(column.name, 32), facts.kind, std::to_string(facts.distinct),
                  std::to_string(facts.missing), as_target(table, column), report::truncate(report::printable(facts.example), 24)});
    }
    return text;
}

} // namespace caviar::cli
