#pragma once
/// The columns of a table, for choosing a target.

#include "caviar/table.h"
#include "host/report/text_table.h"

namespace caviar::cli {

/// One line a column: its number from 1, name, kind, distinct values, missing ones, what it would be as a target, an example.
report::TextTable columns_table(const Table&);

} // namespace caviar::cli
