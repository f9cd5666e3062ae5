#pragma once
/// Cross-validation's data: one preparation for each fold, fitted on the rows that train beside it.

#include "caviar/preprocessing.h"

#include <functional>

namespace caviar::data {

/// What `prepare` makes of the rows; where each fold is to validate in turn, with what it makes of each. Throws DataError where a fold cannot be
/// judged, as it has no row of one of two classes.
Prepared with_folds(const Folds&, const std::function<Prepared(const Folds&)>& prepare);

} // namespace caviar::data
