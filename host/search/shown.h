#pragma once
/// Numbers of a search as a person reads them: as many digits as their scale needs.

#include "caviar/space.h"

#include <string>

namespace caviar::search {

/// Three digits; on the beta scale enough to show 1 - b to two digits (0.9987, not 0.999); whole numbers in full.
std::string shown(const Distribution&, const Value&);
/// "12%"
std::string percent(double share);
/// Rounded to `digits` significant digits.
double rounded(double value, int digits = 3);

} // namespace caviar::search
