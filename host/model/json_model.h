#pragma once
/// Models as .json, for people and for languages without tensors: the metadata's keys (metadata.h), then
///
///     "layers": [{"weight": [[...], ...], "bias": [...]}, ...]
///
/// with `weight` as `in` rows of `out` numbers, so that a layer is x W + b. Floats are written with the fewest digits that
/// read back to the same float. Of an ensemble, "layers" is a list of such lists, one for each net.

#include "caviar/model.h"

#include <string>
#include <string_view>

namespace caviar::model {

std::string encode_json(const Model&);
/// Throws DataError naming the file and the layer.
Model decode_json(std::string_view bytes, const std::string& file);
bool looks_like_json(std::string_view bytes);

} // namespace caviar::model
