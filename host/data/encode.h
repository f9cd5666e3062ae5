#pragma once
/// From a table's columns to features: one-hot, imputed, in a fixed order.

#include "caviar/preprocessing.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace caviar::data {

struct FitOptions {
    std::vector<bool> unused;       ///< per column of the table: the target and what the user dropped
    int32_t max_levels = 100;
    bool keep_constant = false;     ///< images keep all their pixels
};

/// Decides on the encoding of every column from the rows given, those of training. Throws DataError where none is usable.
std::vector<ColumnEncoding> fit_columns(const Table&, std::span<const int64_t> rows, const FitOptions&, std::vector<std::string>& warnings);

/// What to subtract from a column's numbers before they become floats: the lowest, where the numbers of these rows are large and
/// nearer to each other than to 0 (the difference is then exact: Sterbenz 1974); else 0.
double offset_of(const Column&, std::span<const int64_t> rows);

/// Throws DataError where the features of that many rows, `copies` times, take more memory than is free: one categorical column
/// may make a million of them. `name`: the table's.
void require_memory(const Preprocessing&, const std::string& name, int64_t rows, int64_t copies);

/// Throws DataError where the header gives a name that the model knows to several columns: which one is meant?
void refuse_repeated(const Preprocessing&, const Table&);

/// Where each encoded column stands in another table. Throws DataError that names the missing ones.
std::vector<int32_t> positions_in(const Preprocessing&, const Table&);
/// Where the columns stand that are encoded by their levels; those that the table lacks are passed over. Asks only for its names.
std::vector<int32_t> texts_in(const Preprocessing&, const Table&);
/// Where the target stands in another table. Throws DataError.
int32_t target_in(const Preprocessing&, const Table&);

/// The features of the rows given, in ascending order; unscaled.
Matrix encode(const Preprocessing&, const Table&, std::span<const int64_t> rows);

/// Told of a table's row, now and then: those before it are not looked at again.
using RowsDone = std::function<void(int64_t)>;
/// The same for several parts of one table, which is gone through once.
std::vector<Matrix> encode(const Preprocessing&, const Table&, std::span<const std::span<const int64_t>> parts, const RowsDone&);

/// The row of the file, for messages: counted from 1, the header included.
inline int64_t file_row(const Table& table, int64_t row) { return row + 1 + table.named; }

} // namespace caviar::data
