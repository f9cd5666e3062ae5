#pragma once
/// Numbers and words as text, without the locale.

#include "caviar/hyperparameters.h"

#include <optional>
#include <string>
#include <string_view>

namespace caviar::core {

/// A whole text as a finite number, nothing before or after it; empty where it is none ("inf", "nan" and hex are none).
/// A leading + is allowed. Whole numbers without point or exponent that fit become int64_t, all else double.
std::optional<Value> read_number(std::string_view text);

/// The shortest decimal that reads back to the same float, as a double: 0.1f -> 0.1, not 0.10000000149011612.
double shortest_double(float);

/// A number of either kind; empty for text.
std::optional<double> as_double(const Value&);

} // namespace caviar::core
