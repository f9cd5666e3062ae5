#pragma once
/// The readers behind read_table, one a format. Each starts at the beginning of `input` and throws DataError.

#include "caviar/table.h"
#include "host/data/fields.h"
#include "host/data/input.h"

#include <string>
#include <string_view>
#include <vector>

namespace caviar::data {

Table read_delimited(Input& input, const ReadOptions& options);
/// MNIST's format: 0 0 TYPE DIMENSIONS, the sizes as big-endian 32-bit numbers, then the values, big-endian.
Table read_idx(Input& input);
/// NumPy's format, versions 1 to 3 (NEP 1): numbers and booleans in either byte and either memory order.
Table read_npy(Input& input);

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

} // namespace caviar::data
