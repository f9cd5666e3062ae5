#pragma once
/// What `prepare` and the built-in data sets share.

#include "caviar/preprocessing.h"

namespace caviar::data {

/// As caviar::prepare; `keep_constant`: images keep all their pixels.
Prepared prepare_table(const Table& table, const PrepareOptions&, const Table* valid, const Table* test, bool keep_constant);

/// The last steps, common to all: `prepared` has everything but means, components, scaled features and fingerprint.
/// `raw`: the encoded, unscaled parts; taken over.
void finish(Prepared& prepared, FeatureSet raw, const std::vector<Scaling>& scalings);

} // namespace caviar::data
