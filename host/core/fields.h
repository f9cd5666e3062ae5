#pragma once
/// The table behind set and get: each field with the member it names.

#include "caviar/hyperparameters.h"

#include <span>
#include <variant>

namespace caviar::core {

using H = Hyperparameters;

enum class Shape : uint8_t { layers, units, layer_units }; ///< the fields that act on `hidden`

using Member = std::variant<Shape, float H::*, int32_t H::*, uint64_t H::*, bool H::*, Optimizer H::*, Activation H::*,
                            Schedule H::*, Init H::*, Scaling H::*>;

struct Entry {
    Field field;
    Member member;
    int32_t layer = 0; ///< layer_units: which, from 1
};

/// In the order of fields().
std::span<const Entry> entries();
/// Throws UsageError for an unknown name.
const Entry& entry(std::string_view name);

} // namespace caviar::core
