// save_model and load_model: the format by name when writing, by content when reading.

#include "caviar/error.h"
#include "caviar/model.h"
#include "host/model/file.h"
#include "host/model/format.h"
#include "host/model/json_model.h"
#include "host/model/metadata.h"
#include "host/model/npz.h"
#include "host/model/safetensors.h"
#include "host/model/zip.h"

#include <filesystem>

namespace caviar {

void save_model(const Model& m, const std::string& path) {
    const std::string extension = std::filesystem::path(path).extension().string();
    std::string (*encode)(const Model&) = extension == ".safetensors" ? model::encode_safetensors
                                          : extension == ".npz"       ? model::encode_npz
                                          : extension == ".json"      ? model::encode_json
                                                                      : nullptr;
    if (encode == nullptr) throw UsageError(path + ": a model is saved as .safetensors, .npz or .json, by the file's extension");
    if (const auto wrong = model::problem(m)) throw UsageError(path + ": this model cannot be saved: " + *wrong);
    model::write_file(path, encode(m));
}

Model model::decode_model(std::string_view bytes, const std::string& name) {
    Model (*decode)(std::string_view, const std::string&) = looks_like_safetensors(bytes) ? decode_safetensors
                                                            : looks_like_zip(bytes)       ? decode_npz
                                                            : looks_like_json(bytes)      ? decode_json
                                                                                          : nullptr;
    if (decode == nullptr) throw DataError(name + ": is not a model: neither safetensors, .npz nor JSON; make one with: caviar export STUDY -o model.safetensors");
    Model m = decode(bytes, name);
    if (const auto wrong = problem(m)) throw DataError(name + ": " + *wrong);
    return m;
}

Model load_model(const std::string& path) { return model::decode_model(model::read_file(path), path); }

} // namespace caviar
