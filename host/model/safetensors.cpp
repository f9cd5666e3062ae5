#include "host/model/safetensors.h"

#include "caviar/error.h"
#include "host/model/json.h"
#include "host/model/layers.h"
#include "host/model/little_endian.h"
#include "host/model/metadata.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>

namespace caviar::model {
namespace {

constexpr uint64_t longest_header = 100'000'000; ///< the format's own limit

struct Tensor {
    std::vector<int32_t> shape;
    uint64_t begin = 0, end = 0; ///< bytes of the data part
};

std::string tensor_name(const Model& m, size_t net, size_t layer, const char* part) {
    return (m.others.empty() ? "" : "nets." + std::to_string(net) + ".") + "layers." + std::to_string(layer) + "." + part;
}

/// Reads one entry of the header and checks it against itself and the data part's size.
Tensor tensor_from(const nlohmann::json& entry, const std::string& name, uint64_t data_size, const std::string& file) {
    const auto fail = [&](const std::string& what) { return DataError(file + ": tensor \"" + name.substr(0, 80) + "\": " + what); };
    if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets"))
        throw fail("needs dtype, shape and data_offsets");
    if (entry["dtype"] != "F32") throw fail("its dtype is not F32");
    const auto& shape = entry["shape"];
    const auto& offsets = entry["data_offsets"];
    if (!shape.is_array() || shape.empty() || shape.size() > 2) throw fail("its shape does not have one or two sizes");
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned()) throw fail("its data_offsets are not two byte positions");

    Tensor tensor;
    tensor.begin = offsets[0].get<uint64_t>();
    tensor.end = offsets[1].get<uint64_t>();
    if (tensor.begin > tensor.end || tensor.end > data_size)
        throw fail("bytes " + std::to_string(tensor.begin) + " to " + std::to_string(tensor.end) + " are outside the file's " + std::to_string(data_size) + " bytes of data");
    uint64_t floats = 1;
    for (const auto& size : shape) {
        if (!size.is_number_unsigned() || size.get<uint64_t>() < 1 || size.get<uint64_t>() > std::numeric_limits<int32_t>::max()) throw fail("its shape is not of positive whole numbers");
        floats *= size.get<uint64_t>(); // two factors below 2^31
        tensor.shape.push_back(size.get<int32_t>());
    }
    if (tensor.end - tensor.begin != floats * sizeof(float))
        throw fail("its shape needs " + std::to_string(floats * sizeof(float)) + " bytes but it has " + std::to_string(tensor.end - tensor.begin));
    return tensor;
}

/// The data part must be covered exactly: no gap, no overlap, no rest.
void check_cover(const std::map<std::string, Tensor>& tensors, uint64_t data_size, const std::string& file) {
    std::vector<std::pair<uint64_t, uint64_t>> pieces;
    for (const auto& [name, tensor] : tensors) pieces.emplace_back(tensor.begin, tensor.end);
    std::sort(pieces.begin(), pieces.end());
    uint64_t reached = 0;
    for (const auto& [begin, end] : pieces) {
        if (begin < reached) throw DataError(file + ": tensors overlap at byte " + std::to_string(begin) + " of the data");
        if (begin > reached) throw DataError(file + ": bytes " + std::to_string(reached) + " to " + std::to_string(begin) + " of the data belong to no tensor");
        reached = end;
    }
    if (reached != data_size) throw DataError(file + ": " + std::to_string(data_size - reached) + " bytes at the end belong to no tensor");
}

} // namespace

bool looks_like_safetensors(std::string_view bytes) {
    // A header shorter than 2^32 leaves the upper half of its length zero, which no text and no zip archive begins with.
    return bytes.size() > 8 && load<uint64_t>(bytes, 0) >> 32 == 0 && bytes[8] == '{';
}

std::string encode_safetensors(const Model& m) {
    nlohmann::ordered_json header;
    header["__metadata__"]["format"] = "pt";
    for (const auto& [key, text] : metadata_of(m)) header["__metadata__"][key] = text;
    std::string data;
    const auto all = nets(m);
    for (size_t n = 0; n < all.size(); ++n) {
        const auto layers = layers_of(all[n]->weights);
        for (size_t i = 0; i < layers.size(); ++i) {
            const LayerView& layer = layers[i];
            const auto add = [&](const char* part, const std::vector<int32_t>& shape, std::span<const float> values) {
                const size_t begin = data.size();
                append(data, values);
                header[tensor_name(m, n, i, part)] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
            };
            add("weight", {layer.out, layer.in}, transposed(layer.weight, static_cast<size_t>(layer.in), static_cast<size_t>(layer.out)));
            add("bias", {layer.out}, layer.bias);
        }
    }
    std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    text.resize((text.size() + 7) / 8 * 8, ' '); // tensors begin at a multiple of 8 bytes, as the reference library writes them
    std::string bytes;
    append(bytes, static_cast<uint64_t>(text.size()));
    return bytes + text + data;
}

Model decode_safetensors(std::string_view bytes, const std::string& file) {
    if (bytes.size() < 8) throw DataError(file + ": is too short for a safetensors file");
    const auto length = load<uint64_t>(bytes, 0);
    if (length > longest_header || length > bytes.size() - 8)
        throw DataError(file + ": its header should take " + std::to_string(length) + " bytes but only " + std::to_string(bytes.size() - 8) + " follow; the file may be cut short");
    const nlohmann::json header = parse_json(bytes.substr(8, length), file, "the header");
    if (!header.is_object()) throw DataError(file + ": the header is not a JSON object");
    const std::string_view data = bytes.substr(8 + length);

    Model m = model_from(metadata_from_json(header.value("__metadata__", nlohmann::json::object()), file), file);
    std::map<std::string, Tensor> tensors;
    for (const auto& [name, entry] : header.items())
        if (name != "__metadata__") tensors.emplace(name, tensor_from(entry, name, data.size(), file));
    check_cover(tensors, data.size(), file);

    const auto values = [&](const Tensor& t) {
        std::vector<float> floats((t.end - t.begin) / sizeof(float));
        std::memcpy(floats.data(), data.data() + t.begin, t.end - t.begin);
        return floats;
    };
    if (tensors.empty() || tensors.size() % 2 != 0) throw DataError(file + ": needs a weight and a bias for each layer, has " + std::to_string(tensors.size()) + " tensors");
    const auto read_layer = [&](Weights& weights, size_t net, size_t layer) {
        const auto weight = tensors.find(tensor_name(m, net, layer, "weight")), bias = tensors.find(tensor_name(m, net, layer, "bias"));
        for (const auto& [found, part] : {std::pair{weight, "weight"}, std::pair{bias, "bias"}})
            if (found == tensors.end()) throw DataError(file + ": has no tensor \"" + tensor_name(m, net, layer, part) + "\", and holds one that belongs to no layer");
        if (weight->second.shape.size() != 2) throw DataError(file + ": tensor \"" + weight->first + "\": its shape is not [out, in]");
        const int32_t out = weight->second.shape[0], in = weight->second.shape[1];
        if (bias->second.shape != std::vector<int32_t>{out}) throw DataError(file + ": tensor \"" + bias->first + "\": its shape is not [" + std::to_string(out) + "]");
        const auto turned = transposed(values(weight->second), static_cast<size_t>(out), static_cast<size_t>(in));
        append_layer(weights, in, out, turned, values(bias->second), file);
    };
    const auto all = mutable_nets(m);
    size_t left = tensors.size() / 2; // layers not yet read
    for (size_t n = 0; n < all.size(); ++n) {
        const auto goes_on = [&](size_t i) { return n + 1 == all.size() ? left > 0 : i == 0 || tensors.contains(tensor_name(m, n, i, "weight")); };
        for (size_t i = 0; goes_on(i); ++i, --left) read_layer(all[n]->weights, n, i);
    }
    return m;
}

} // namespace caviar::model
