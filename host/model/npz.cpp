#include "host/model/npz.h"

#include "caviar/error.h"
#include "host/model/json.h"
#include "host/model/layers.h"
#include "host/model/metadata.h"
#include "host/model/npy.h"
#include "host/model/zip.h"

#include <limits>

namespace caviar::model {
namespace {

/// "W0", "b0", ...
std::string array_name(char letter, size_t layer) {
    std::string name(1, letter);
    return name.append(std::to_string(layer));
}

} // namespace

std::string encode_npz(const Model& m) {
    std::vector<std::pair<std::string, std::string>> members;
    members.emplace_back("metadata.npy", npy_bytes(to_json_object(metadata_of(m), -1)));
    const auto layers = layers_of(m.weights);
    for (size_t i = 0; i < layers.size(); ++i) {
        members.emplace_back(array_name('W', i) + ".npy", npy_floats(layers[i].weight, {layers[i].in, layers[i].out}));
        members.emplace_back(array_name('b', i) + ".npy", npy_floats(layers[i].bias, {layers[i].out}));
    }
    return write_zip(members);
}

Model decode_npz(std::string_view bytes, const std::string& file) {
    const auto members = read_zip(bytes, file);
    const auto member = [&](const std::string& name) -> const std::string& {
        const auto found = members.find(name + ".npy");
        if (found == members.end()) throw DataError(file + ": has no array \"" + name + "\"; make a model with: caviar export STUDY -o FILE");
        return found->second;
    };
    const auto where = [&](const std::string& name) { return file + ": array \"" + name + "\""; };
    const std::string text = npy_to_bytes(member("metadata"), where("metadata"));
    Model m = model_from(metadata_from_json(parse_json(text, file, "the metadata"), file), file);
    if (members.size() < 3 || members.size() % 2 == 0) throw DataError(file + ": needs W and b for each layer and metadata, has " + std::to_string(members.size()) + " arrays");
    for (size_t i = 0; i < members.size() / 2; ++i) {
        const std::string w = array_name('W', i), b = array_name('b', i);
        const FloatArray weight = npy_to_floats(member(w), where(w)), bias = npy_to_floats(member(b), where(b));
        constexpr int64_t most = std::numeric_limits<int32_t>::max();
        if (weight.shape.size() != 2 || weight.shape[0] > most || weight.shape[1] > most) throw DataError(where(w) + ": its shape is not (in, out)");
        if (bias.shape != std::vector<int64_t>{weight.shape[1]}) throw DataError(where(b) + ": its shape is not (" + std::to_string(weight.shape[1]) + ",)");
        append_layer(m.weights, static_cast<int32_t>(weight.shape[0]), static_cast<int32_t>(weight.shape[1]), weight.values, bias.values, file);
    }
    return m;
}

} // namespace caviar::model
