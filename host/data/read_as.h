#pragma once
/// A table for a model that was trained on another.

#include "caviar/preprocessing.h"
#include "caviar/table.h"

#include <string>

namespace caviar::data {

/// read_table, but the columns that the model encodes by levels are read as texts whatever they hold: with the levels 1 and 01 of a table that
/// had words, too, a row must not mean another category where the file happens to hold numbers only. Throws as read_table does; what the model
/// lacks in the table is for those to say who encode it.
Table read_table_as(const Preprocessing&, const std::string& path, const ReadOptions& = {});

} // namespace caviar::data
