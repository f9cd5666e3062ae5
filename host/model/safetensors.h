#pragma once
/// Models as .safetensors, by the format's description at https://github.com/huggingface/safetensors#format: 8 bytes
/// little-endian length of a JSON header, the header, then the tensors' bytes without gaps.
///
/// Tensors are as torch.nn.Linear wants them: "layers.0.weight" of shape [out, in] and "layers.0.bias" of shape [out], F32. So
/// torch's load_state_dict takes them for a module whose `layers` is a ModuleList of Linear. Everything else is in the
/// header's __metadata__ (metadata.h), with "format": "pt". Of an ensemble's net n the names begin with "nets.n.".

#include "caviar/model.h"

#include <string>
#include <string_view>

namespace caviar::model {

std::string encode_safetensors(const Model&);
/// Throws DataError naming the file: cut short, overlapping or missing tensors, other shapes or types than above.
Model decode_safetensors(std::string_view bytes, const std::string& file);
/// Do the bytes begin as a safetensors file does?
bool looks_like_safetensors(std::string_view bytes);

} // namespace caviar::model
