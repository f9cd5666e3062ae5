#pragma once
/// The readers behind read_table, one a format. Each starts at the beginning of `input` and throws DataError.

#include "caviar/preprocessing.h"
#include "caviar/table.h"
#include "host/data/fields.h"
#include "host/data/input.h"
#include "host/data/number.h"

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace caviar::data {

/// `reader`: whose levels decide what is read as text, if not null.
Table read_delimited(Input& input, const ReadOptions& options, const Preprocessing* reader);
/// MNIST's format: 0 0 TYPE DIMENSIONS, the sizes as big-endian 32-bit numbers, then the values, big-endian.
Table read_idx(Input& input, const ReadOptions& options);
/// NumPy's format, versions 1 to 3 (NEP 1): numbers and booleans in either byte and either memory order.
Table read_npy(Input& input, const ReadOptions& options);

/// How this text is written, judged by its first rows. `head`: the start of the file; `whole`: it is all of it.
/// What `options` fix is kept.
Dialect sniff(std::string head, bool whole, const ReadOptions& options);

bool is_missing(std::string_view text, const ReadOptions& options);

/// A table has at most this many columns: a damaged size in a file must not fill the memory with empty ones.
constexpr int64_t most_columns = int64_t{1} << 20;

/// Empty columns named "column 1", "column 2", ...
std::vector<Column> unnamed_columns(int64_t count);

/// Appends with a growth of a quarter, not the double, so that a big table does not need twice its memory.
template <class T> void append(std::vector<T>& values, T value) {
    if (values.size() == values.capacity()) values.reserve(values.size() + values.size() / 4 + 64);
    values.push_back(value);
}

/// Appends a number to a numeric column: `number`, and in `rest` what it lacks of the `value` it was rounded from.
inline void append_number(Column& column, float number, double value) {
    double rest = 0;
    if (std::abs(number) >= keeps_rest_from && std::abs(number) <= std::numeric_limits<float>::max()) {
        rest = value - static_cast<double>(number);
        // From 2^53 on, doubles themselves leave out whole numbers.
        column.rounded |= std::abs(value) >= 0x1p53 || (value == std::trunc(value) && static_cast<double>(static_cast<float>(rest)) != rest);
    }
    if (rest != 0 || !column.rest.empty()) {
        column.rest.resize(column.numbers.size()); // where this is the first: zeros for the rows before
        append(column.rest, static_cast<float>(rest));
    }
    append(column.numbers, number);
}
inline void append_missing(Column& column) { append_number(column, std::numeric_limits<float>::quiet_NaN(), 0); }

} // namespace caviar::data
