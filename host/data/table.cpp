#include "caviar/table.h"

#include "caviar/error.h"
#include "caviar/hyperparameters.h"
#include "host/data/readers.h"

#include <algorithm>
#include <charconv>

namespace caviar {
namespace {

std::string listed(const std::vector<Column>& columns) {
    constexpr size_t most = 20;
    std::string text;
    for (size_t c = 0; c < columns.size() && c < most; ++c) text += (c ? ", " : "") + columns[c].name;
    if (columns.size() > most) text += ", ... (" + std::to_string(columns.size()) + " in all)";
    return text;
}

} // namespace

int32_t Table::find(std::string_view wanted) const {
    const auto count = static_cast<int32_t>(columns.size());
    if (std::find(repeated.begin(), repeated.end(), wanted) != repeated.end())
        throw UsageError(name + ": several columns are named '" + std::string(wanted) +
                         "' in the header; rename them there, or give the position of the one you mean (1 is the first, -1 the last)");
    for (int32_t c = 0; c < count; ++c)
        if (columns[static_cast<size_t>(c)].name == wanted) return c;
    int32_t position = 0;
    const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), position);
    if (error == std::errc{} && end == wanted.data() + wanted.size()) {
        if (position >= 1 && position <= count) return position - 1;
        if (position <= -1 && position >= -count) return count + position;
        throw UsageError(name + " has no column " + std::string(wanted) + ": columns count from 1 to " + std::to_string(count) +
                         ", or from -1, the last, to -" + std::to_string(count));
    }
    std::vector<std::string_view> names;
    for (const Column& column : columns) names.push_back(column.name);
    const std::string_view near = did_you_mean(wanted, names);
    throw UsageError(name + " has no column '" + std::string(wanted) + "'" +
                     (near.empty() ? std::string() : "; did you mean '" + std::string(near) + "'?") + (near.empty() ? "." : "") + " Its columns: " + listed(columns));
}

namespace data {

std::vector<Column> unnamed_columns(int64_t count) {
    std::vector<Column> columns(static_cast<size_t>(count));
    for (size_t c = 0; c < columns.size(); ++c) columns[c].name = "column " + std::to_string(c + 1);
    return columns;
}

} // namespace data
} // namespace caviar
