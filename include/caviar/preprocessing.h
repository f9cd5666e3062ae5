#pragma once
/// From a table to a data set: split, encode, impute, scale; fitted on the training rows only, and kept for prediction.

#include "caviar/dataset.h"
#include "caviar/table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace caviar {

/// How one column of the table becomes features.
struct ColumnEncoding {
    std::string name;
    bool categorical = false;
    float fill = 0;                   ///< numeric: stands in for a missing value (the training mean)
    bool missing_indicator = false;   ///< numeric: one more feature, 1 where the value was missing (if any was in training)
    std::vector<std::string> levels;  ///< categorical: one feature each, and a last one for unknown or missing
    int32_t position = 0;             ///< of the column in the training table, from 0
    double offset = 0;                ///< numeric: subtracted before rounding to float32, so that large numbers close together
                                      ///< (times, identifiers) keep their differences; `fill` is relative to it
    int32_t width() const { return categorical ? static_cast<int32_t>(levels.size()) + 1 : 1 + missing_indicator; }
    bool operator==(const ColumnEncoding&) const = default;
};

/// Everything needed to turn a new table into the net's inputs and its outputs into answers. A plain value.
struct Preprocessing {
    std::vector<ColumnEncoding> columns;   ///< in the order of the features
    std::vector<float> mean, scale;        ///< per feature; standardize: (x - mean) / scale
    std::vector<float> components;         ///< pca: features x kept, row-major; z = (x - mean) * components, whitened; features in different units standardised first
    int32_t kept = 0;                      ///< pca: columns of `components`
    std::string target;                    ///< its column's name
    Task task = Task::multiclass;
    std::vector<std::string> classes;
    std::string label_type;                ///< what the classes were before they became text: "text", "int", "float" or "bool"; empty where nobody said
    double target_mean = 0, target_scale = 1;
    int32_t target_position = 0;           ///< of its column in the training table, from 0
    int32_t table_columns = 0;             ///< columns of the training table, the target and unused ones included
    bool named = false;                    ///< the training table had names; else columns are known by position

    int32_t features() const;              ///< width of the encoded table
    /// Encodes and scales a table, matching columns by name (by position where the table has no header: it may then leave out
    /// the target); extra columns are ignored where there are names. Throws DataError for a missing column, a name that several columns have, or
    /// text where a number is due, with the row, and where the features take more memory than is free.
    /// `inputs`: keep the first this many columns (pca); 0 keeps all.
    Matrix apply(const Table&, Scaling, int32_t inputs = 0) const;
    bool operator==(const Preprocessing&) const = default;
};
std::string to_json(const Preprocessing&);
Preprocessing preprocessing_from_json(const std::string& text); ///< throws DataError

/// Cross-validation: the rows that do not test, dealt out in parts as equal as may be, stratified as the split is. Each fold validates once,
/// while the others train.
struct Folds {
    int32_t count = 0;                     ///< 0: none, the rows are split by shares
    std::optional<int32_t> valid;          ///< the only one to validate, from 0; empty: each in turn
    bool each() const { return count > 0 && !valid; }
    bool operator==(const Folds&) const = default;
};

struct PrepareOptions {
    std::string target;                    ///< name or position; required
    std::optional<Task> task;              ///< empty: inferred. Classes: text, or at most 20 different whole numbers that are only two or
                                           ///< begin at -1, 0 or 1 (labels do, ratings from 3 to 8 do not), in at least 5 rows each on average
    double valid_share = 0.2, test_share = 0.2; ///< ignored for the parts given as files
    uint64_t seed = 1;                     ///< of the split; stratified by class (regression: by decile)
    std::vector<std::string> drop;         ///< columns not to use
    std::vector<Scaling> scalings = {Scaling::standardize};
    int32_t max_levels = 100;              ///< rarer levels of a categorical column count as unknown
    Folds folds;                           ///< the test rows are the same with any number of folds as without; `valid_share` must be left as it is
};

struct Prepared {
    Dataset dataset;
    Preprocessing preprocessing;
    std::vector<std::string> warnings;     ///< constant columns, identifiers, dropped rows, rare levels, ...
    /// Where each fold validates in turn: what the others' rows alone come to, preprocessing and all, with this fold to validate. `dataset` is
    /// then of the net to use: all rows but the test rows train, none validates, and its fingerprint covers the folds. Empty otherwise.
    std::vector<Prepared> folds;
};

/// Throws DataError (no usable column, a class with one row only, too few rows) or UsageError (the target, folds that cannot be).
Prepared prepare(const Table& table, const PrepareOptions&, const Table* valid = nullptr, const Table* test = nullptr);

/// The same for a net that was trained on other rows, so that its inputs mean what they meant: the columns of the fitted preprocessing, its
/// statistics and classes, and of its components the first `inputs`. Split and target are the options' own; the target may have another name.
/// What comes back knows this table's positions. Throws DataError where a column is missing, a label is not among the classes or a class has
/// no rows; UsageError where the target or a dropped column is one of the inputs, or the task another.
Prepared prepare_as(const Preprocessing& fitted, Scaling, int32_t inputs, const Table&, const PrepareOptions&, const Table* valid = nullptr,
                    const Table* test = nullptr);

/// Names of the data sets that need no file: "digits", "rectangles", "convex".
const std::vector<std::string>& builtin_names();
/// Built-in data with its own split. `digits` is read from the program itself; the others are generated from `seed`
/// as Larochelle et al. (2007) describe them, see host/data/. Throws UsageError for another name,
/// or for folds of the generated ones, which come with validation rows of their own.
Prepared builtin(const std::string& name, const std::vector<Scaling>& scalings, uint64_t seed = 1, const Folds& = {});
/// The same for a net that was trained on this built-in data, perhaps on other rows (see prepare_as). Throws DataError for another's.
Prepared builtin_as(const Preprocessing& fitted, Scaling, int32_t inputs, const std::string& name, uint64_t seed = 1, const Folds& = {});

} // namespace caviar
