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

/// "W0", "b0", ...; of an ensemble's third net "net2_W0", ...
std::string array_name(const Model& m, size_t net, char letter, size_t layer) {
    std::string name = m.others.empty() ? "" : "net" + std::to_string(net) + "_";
    name += letter;
    return name.append(std::to_string(layer));
}

} // namespace

std::string encode_npz(const Model& m) {
    std::vector<std::pair<std::string, std::string>> members;
    members.emplace_back("metadata.npy", npy_bytes(to_json_object(metadata_of(m), -1)));
    const auto all = nets(m);
    for (size_t n = 0; n < all.size(); ++n) {
        const auto layers = layers_of(all[n]->weights);
        for (size_t i = 0; i < layers.size(); ++i) {
            members.emplace_back(array_name(m, n, 'W', i) + ".npy", npy_floats(layers[i].weight, {layers[i].in, layers[i].out}));
            members.emplace_back(array_name(m, n, 'b', i) + ".npy", npy_floats(layers[i].bias, {layers[i].out}));
        }
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
    const auto read_layer = [&](Weights& weights, size_t net, size_t layer) {
        const std::string w = array_name(m, net, 'W', layer), b = array_name(m, net, 'b', layer);
        const FloatArray weight = npy_to_floats(member(w), where(w)), bias = npy_to_floats(member(b), where(b));
        constexpr int64_t most = std::numeric_limits<int32_t>::max();
        if (weight.shape.size() != 2 || weight.shape[0] > most || weight.shape[1] > most) throw DataError(where(w) + ": its shape is not (in, out)");
        if (bias.shape != std::vector<int64_t>{weight.shape[1]}) throw DataError(where(b) + ": its shape is not (" + std::to_string(weight.shape[1]) + ",)");
        append_layer(weights, static_cast<int32_t>(weight.shape[0]), static_cast<int32_t>(weight.shape[1]), weight.values, bias.values, file);
    };
    const auto all = mutable_nets(m);
    size_t left = members.size() / 2; // layers not yet read
    for (size_t n = 0; n < all.size(); ++n) {
        const auto goes_on = [&](size_t i) { return n + 1 == all.size() ? left > 0 : i == 0 || members.contains(array_name(m, n, 'W', i) + ".npy"); };
        for (size_t i = 0; goes_on(i); ++i, --left) read_layer(all[n]->weights, n, i);
    }
    return m;
}

} // namespace caviar::model
