#pragma once
/// Conditions: when a parameter counts.

#include "caviar/space.h"

#include <optional>

namespace caviar::core {

/// The condition that Field::when states: "optimizer in momentum,nesterov" or "layers >= 2"; empty where there is none. Of fields() only.
const std::optional<Condition>& automatic_condition(const Field&);

bool meets(const Condition&, const Value&);

enum class Met : uint8_t { never, sometimes, always };

/// Can a value of this distribution meet the condition?
Met met(const Condition&, const Distribution&);

} // namespace caviar::core
