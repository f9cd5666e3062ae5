#pragma once
/// Which format a model is in: by the file's name when writing, by its bytes when reading.

#include "caviar/model.h"

#include <string>
#include <string_view>

namespace caviar::model {

/// Throws UsageError where save_model knows no format for this name, or refuses it; for asking before a long computation.
void check_name(const std::string& path);

/// load_model on bytes in memory; `name` is used in messages.
Model decode_model(std::string_view bytes, const std::string& name);

} // namespace caviar::model
