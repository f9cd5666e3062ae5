#pragma once
/// What `prepare` and the built-in data sets share.

#include "caviar/preprocessing.h"
#include "host/data/encode.h"
#include "host/data/split.h"
#include "host/data/target.h"

#include <span>
#include <string>
#include <vector>

namespace caviar::data {

/// As caviar::prepare, but without Prepared::folds; `keep_constant`: images keep all their pixels. `done`: with rows of `table`.
Prepared prepare_table(const Table& table, const PrepareOptions&, const Table* valid, const Table* test, bool keep_constant, const RowsDone& done = {});

/// As caviar::prepare, of a table that is not needed any more: its rows leave memory as their features come, so that never both are in it
/// as a whole.
Prepared prepare_and_spend(Table&& table, const PrepareOptions&, const Table* valid, const Table* test);

/// As caviar::builtin, but without Prepared::folds.
Prepared builtin_data(const std::string& name, const std::vector<Scaling>&, uint64_t seed, const Folds&);

/// Throws UsageError for shares that leave no rows to train or validate on, and other options out of range.
void check(const PrepareOptions&, bool has_valid, bool has_test);
/// A path without its folders.
std::string file_name(const std::string& path);
/// The rows with a target, and a warning about the others. Throws DataError where there are none.
std::vector<int64_t> usable_rows(const Table&, int32_t target, std::vector<std::string>& warnings);
/// Rows of the one table for each part; positions in the table. Throws DataError where they are too few.
Split split_rows(const Table&, const TargetPlan&, std::span<const int64_t> rows, std::span<const float> targets, const PrepareOptions&, bool has_valid,
                 bool has_test);
std::vector<float> standardised(std::vector<float> targets, double mean, double scale);
std::string fingerprint(const Dataset&);

/// The last steps, common to all: `prepared` has everything but means, components, scaled features and fingerprint.
/// `raw`: the encoded, unscaled parts; taken over.
void finish(Prepared& prepared, FeatureSet raw, const std::vector<Scaling>& scalings);

} // namespace caviar::data
