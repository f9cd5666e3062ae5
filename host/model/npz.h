#pragma once
/// Models as .npz, a zip of .npy arrays that numpy.load(FILE, allow_pickle=False) opens. For layer i: `Wi` of shape (in, out)
/// and `bi` of shape (out,), float32, so that a layer is x @ W0 + b0; of an ensemble's net n they are `netn_Wi` and `netn_bi`. `metadata` is UTF-8 JSON in a uint8 array
/// (metadata.h): json.loads(bytes(z["metadata"])).

#include "caviar/model.h"

#include <string>
#include <string_view>

namespace caviar::model {

std::string encode_npz(const Model&);
/// Throws DataError naming the file and the array. Also reads what NumPy's savez and savez_compressed make of these arrays.
Model decode_npz(std::string_view bytes, const std::string& file);

} // namespace caviar::model
