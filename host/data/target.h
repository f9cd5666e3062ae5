#pragma once
/// The target: its task, its classes, and what a row's label is.

#include "caviar/metric.h"
#include "caviar/preprocessing.h"
#include "caviar/table.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace caviar::data {

struct TargetPlan {
    Task task = Task::multiclass;
    std::vector<std::string> classes; ///< numbers in their order, else texts in byte order; empty for regression
    double offset = 0;                ///< regression: subtracted from every value before it becomes a float; see offset_of
};

/// Rows that have a target.
std::vector<int64_t> labelled_rows(const Column& target);

/// What kind of answer the target asks for; see PrepareOptions::task. `fewest`: rows that a class must have; two where the rows are to be
/// split. Throws DataError or UsageError.
TargetPlan plan_target(const Table&, const Column& target, std::span<const int64_t> rows, std::optional<Task> task, int64_t fewest = 2);

/// The class index of each row, or its value less the offset. Throws DataError with the row for a label that is not among the classes and for
/// text where a number is due. `position`: the column's, from 0, for messages.
std::vector<float> read_targets(const TargetPlan&, const Table&, int32_t position, std::span<const int64_t> rows);

} // namespace caviar::data
