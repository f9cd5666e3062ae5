#pragma once
/// What makes a distribution well-formed, and its text.

#include "caviar/space.h"

#include <array>
#include <string>
#include <string_view>

namespace caviar::core {

/// In the order of DistributionKind; the last is written as the bare value.
inline constexpr std::array<std::string_view, 8> kind_names = {"uniform", "log",  "beta",   "int",
                                                               "logint",  "pow2", "choice", "constant"};

/// What is wrong with a distribution, in plain words; empty where it is well-formed.
std::string problem(const Distribution&);

/// Equal as a user sees it: numbers by value, whichever way they are stored; words letter by letter.
bool same(const Value&, const Value&);

} // namespace caviar::core
