#pragma once
/// Which format a model's bytes are in.

#include "caviar/model.h"

#include <string>
#include <string_view>

namespace caviar::model {

/// load_model on bytes in memory; `name` is used in messages.
Model decode_model(std::string_view bytes, const std::string& name);

} // namespace caviar::model
