#pragma once
/// Tables as they are in files: CSV, TSV, IDX, NPY, plain or gzip.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace caviar {

/// One column. Numeric: `numbers`, NaN where missing. Categorical: `codes` into `levels`, -1 where missing.
/// A float32 has 24 bits: it cannot tell 20000000 from 20000001. Where that happens, `rest` holds what the rounding left over.
struct Column {
    std::string name;
    bool categorical = false;
    std::vector<float> numbers;
    std::vector<int32_t> codes;
    std::vector<std::string> levels; ///< in order of first appearance
    std::vector<float> rest;         ///< numeric: value minus number; empty where that is 0 in every row
    bool rounded = false;            ///< some whole number is beyond both together (some 48 bits): two such may look the same
    /// The number of a numeric column's row as it is in the file (a decimal below 2^20: as a float32); NaN where missing.
    double value(int64_t row) const {
        const auto r = static_cast<size_t>(row);
        return rest.empty() ? static_cast<double>(numbers[r]) : static_cast<double>(numbers[r]) + static_cast<double>(rest[r]);
    }
    int64_t rows() const { return static_cast<int64_t>(categorical ? codes.size() : numbers.size()); }
};

/// Columns of equal length; owns them.
struct Table {
    std::string name;           ///< the file it came from
    std::vector<Column> columns;
    bool named = false;         ///< names came from a header; else they are "column 1", "column 2", ...
    std::vector<std::string> repeated = {}; ///< names that the header gives to several columns (the second is then NAME_2, ...)
    int64_t rows() const { return columns.empty() ? 0 : columns.front().rows(); }
    /// By name, or by position: "1" is the first, "-1" the last. Throws UsageError that lists the columns ("did you mean"), or for
    /// a name that the header gives to several columns.
    int32_t find(std::string_view name_or_position) const;
};

struct ReadOptions {
    std::optional<bool> header = {}; ///< empty: sniffed
    char delimiter = 0;             ///< 0: sniffed among , ; tab |
    std::string labels = {};        ///< IDX or NPY: the file with the labels; they become the last column, "label"
    std::string as_text = {};       ///< this column (name or position) is read as categorical whatever it holds
    std::vector<std::string> missing = {"", "?", "NA", "N/A", "NaN", "nan", "null", "NULL"};
    int64_t max_bytes = int64_t{1} << 36; ///< refuse more than this after unpacking, so that a bomb cannot fill the memory
    int64_t max_memory = 0;         ///< bytes a table may take in memory; 0: half of what the machine has free
};

/// Reads a file by its content, not its name; "-" is standard input. Throws DataError with file, row and column.
Table read_table(const std::string& path, const ReadOptions& = {});
/// The same from bytes in memory; `name` is used in messages.
Table read_table_bytes(std::string bytes, const std::string& name, const ReadOptions& = {});

} // namespace caviar
