// save_model and load_model: the format by name when writing, by content when reading.

#include "caviar/error.h"
#include "caviar/model.h"
#include "host/model/c_header.h"
#include "host/model/file.h"
#include "host/model/format.h"
#include "host/model/json_model.h"
#include "host/model/metadata.h"
#include "host/model/npz.h"
#include "host/model/onnx.h"
#include "host/model/pytorch.h"
#include "host/model/safetensors.h"
#include "host/model/source_text.h"
#include "host/model/zip.h"

#include <filesystem>
#include <functional>

namespace caviar {

namespace {

/// What makes the bytes of a file from a model and the file's name.
using Encoder = std::function<std::string(const Model&, const std::string&)>;

Encoder encoder_for(const std::string& path) {
    const std::string extension = std::filesystem::path(path).extension().string();
    const auto nameless = [](std::string (*encode)(const Model&)) { return [encode](const Model& m, const std::string&) { return encode(m); }; };
    if (extension == ".safetensors") return nameless(model::encode_safetensors);
    if (extension == ".npz") return nameless(model::encode_npz);
    if (extension == ".json") return nameless(model::encode_json);
    if (extension == ".onnx") return nameless(model::encode_onnx);
    if (extension == ".py") {
        model::check_module_name(path);
        return model::encode_pytorch;
    }
    if (extension == ".h") return model::encode_c_header;
    throw UsageError(path + ": a model is saved as .safetensors, .npz, .json, .onnx, .py (PyTorch) or .h (C), by the file's extension");
}

} // namespace

void model::check_name(const std::string& path) { encoder_for(path); }

void save_model(const Model& m, const std::string& path) {
    const Encoder encode = encoder_for(path);
    if (const auto wrong = model::problem(m)) throw UsageError(path + ": this model cannot be saved: " + *wrong);
    model::write_file(path, encode(m, path));
}

Model model::decode_model(std::string_view bytes, const std::string& name) {
    Model (*decode)(std::string_view, const std::string&) = looks_like_safetensors(bytes) ? decode_safetensors
                                                            : looks_like_zip(bytes)       ? decode_npz
                                                            : looks_like_json(bytes)      ? decode_json
                                                                                          : nullptr;
    if (decode == nullptr) throw DataError(name + ": is not a model: neither safetensors, .npz nor JSON (.onnx, .py and .h are for other programs); make one with: caviar export STUDY -o model.safetensors");
    Model m = decode(bytes, name);
    if (const auto wrong = problem(m)) throw DataError(name + ": " + *wrong);
    return m;
}

Model load_model(const std::string& path) { return model::decode_model(model::read_file(path), path); }

} // namespace caviar
