// What the files hold, byte for byte where another program relies on it, and how damaged ones are refused.

#include "caviar/error.h"
#include "host/model/format.h"
#include "host/model/json_model.h"
#include "host/model/npy.h"
#include "host/model/npz.h"
#include "host/model/safetensors.h"
#include "host/model/zip.h"
#include "tests/model/samples.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include <cstring>
#include <functional>

namespace caviar::model {
namespace {

using namespace test;
using ::testing::HasSubstr;
using nlohmann::ordered_json;

std::string message_of(const std::string& bytes) {
    try {
        decode_model(bytes, "file");
    } catch (const DataError& e) {
        return e.what();
    }
    return "no error";
}

// ---- safetensors -------------------------------------------------------------------------------------------------------

struct Safetensors {
    ordered_json header;
    std::string data;
};

Safetensors take_apart(const std::string& bytes) {
    uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    return {ordered_json::parse(bytes.substr(8, length)), bytes.substr(8 + length)};
}

std::string put_together(const std::string& header, const std::string& data) {
    const uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

std::string safetensors_error(const std::function<void(Safetensors&)>& damage) {
    Safetensors parts = take_apart(encode_safetensors(binary_model()));
    damage(parts);
    return message_of(put_together(parts.header.dump(), parts.data));
}

TEST(Safetensors, HoldsLinearLayersAsTorchWantsThem) {
    Model m = binary_model();
    for (size_t i = 0; i < m.weights.values.size(); ++i) m.weights.values[i] = static_cast<float>(i);
    const std::string bytes = encode_safetensors(m);
    const auto [header, data] = take_apart(bytes);
    EXPECT_EQ((bytes.size() - data.size()) % 8, 0u);
    EXPECT_EQ(header["layers.0.weight"]["dtype"], "F32");
    EXPECT_EQ(header["layers.0.weight"]["shape"], ordered_json({7, 2}));
    EXPECT_EQ(header["layers.0.bias"]["shape"], ordered_json({7}));
    EXPECT_EQ(header["layers.1.weight"]["shape"], ordered_json({1, 7}));
    EXPECT_EQ(header["__metadata__"]["format"], "pt");
    EXPECT_EQ(header["__metadata__"]["activation"], "tanh");
    for (const auto& [key, value] : header["__metadata__"].items()) EXPECT_TRUE(value.is_string()) << key;
    // W(in 0, out 0..6) is 0..6 and W(in 1, out 0..6) is 7..13: the file's first row is out 0, so 0 and 7.
    float first[2];
    std::memcpy(first, data.data(), sizeof first);
    EXPECT_EQ(first[0], 0.0f);
    EXPECT_EQ(first[1], 7.0f);
}

TEST(Safetensors, RefusesDamageByName) {
    EXPECT_THAT(safetensors_error([](auto&) {}), "no error");
    EXPECT_THAT(safetensors_error([](auto& s) { s.header.erase("__metadata__"); }), HasSubstr("caviar_model"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["__metadata__"].erase("loss"); }), HasSubstr("no \"loss\""));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["__metadata__"]["loss"] = "hinge"; }), HasSubstr("\"hinge\"; allowed are"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["__metadata__"]["note"] = 3; }), HasSubstr("not a text"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["__metadata__"]["preprocessing"] = "{"; }), HasSubstr("file: the preprocessing"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["__metadata__"]["preprocessing"] = "{}"; }), HasSubstr("file: "));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["layers.0.bias"]["dtype"] = "F16"; }), HasSubstr("not F32"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["layers.0.bias"]["shape"] = {8}; }), HasSubstr("needs 32 bytes but it has 28"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["layers.0.bias"]["shape"] = {-7}; }), HasSubstr("positive whole numbers"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["layers.0.bias"]["shape"] = {4294967296u, 4294967296u}; }), HasSubstr("positive whole numbers"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["layers.0.bias"]["shape"] = {1, 7}; }), HasSubstr("its shape is not [7]"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["layers.0.weight"]["shape"] = {2, 7}; }), HasSubstr("layers.0.bias"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["layers.0.bias"]["data_offsets"] = {0, 28}; }), HasSubstr("overlap"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["layers.0.bias"]["data_offsets"] = {1u << 30, (1u << 30) + 28}; }), HasSubstr("outside the file's"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["layers.0.bias"]["data_offsets"] = {28, 0}; }), HasSubstr("outside"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["layers.0.bias"]["data_offsets"] = {-28, 0}; }), HasSubstr("not two byte positions"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header.erase("layers.0.bias"); }), HasSubstr("belong to no tensor"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.data += "1234"; }), HasSubstr("4 bytes at the end"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.data.resize(s.data.size() - 4); }), HasSubstr("outside the file's"));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["layers.9.bias"] = s.header["layers.0.bias"], s.header.erase("layers.0.bias"); }), HasSubstr("no tensor \"layers.0.bias\""));
    EXPECT_THAT(safetensors_error([](auto& s) { s.header["layers.0.bias"] = 3; }), HasSubstr("needs dtype"));
    EXPECT_THAT(safetensors_error([](auto& s) { std::memcpy(s.data.data(), "\0\0\xc0\x7f", 4); }), HasSubstr("weight 0 is not a finite number"));
    EXPECT_THAT(message_of(put_together("{\"a\":{},\"a\":{}}", "")), HasSubstr("twice"));
    EXPECT_THAT(message_of(std::string("\xff\xff\xff\x7f\0\0\0\0{}", 10)), HasSubstr("cut short"));
}

// ---- npz ---------------------------------------------------------------------------------------------------------------

using Members = std::vector<std::pair<std::string, std::string>>;

Members members_of(const Model& m) {
    Members members;
    for (auto& [name, bytes] : read_zip(encode_npz(m), "file")) members.emplace_back(name, bytes);
    return members;
}

std::string npz_error(const std::function<void(std::map<std::string, std::string>&)>& damage) {
    auto members = read_zip(encode_npz(binary_model()), "file");
    damage(members);
    return message_of(write_zip(Members(members.begin(), members.end())));
}

/// The archive with every member deflated, as numpy.savez_compressed would: only method, sizes and bytes differ.
std::string deflated_archive(const Members& members) {
    const auto put = [](std::string& to, uint64_t value, int n) { to.append(reinterpret_cast<const char*>(&value), static_cast<size_t>(n)); };
    std::string bytes, directory;
    for (const auto& [name, content] : members) {
        std::string packed(compressBound(content.size()) + 16, '\0');
        z_stream z{};
        deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
        z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
        z.avail_in = static_cast<uInt>(content.size());
        z.next_out = reinterpret_cast<Bytef*>(packed.data());
        z.avail_out = static_cast<uInt>(packed.size());
        EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
        packed.resize(z.total_out);
        deflateEnd(&z);
        std::string common;
        for (const uint64_t field : {20u, 0u, 8u, 0u, 0x21u}) put(common, field, 2);
        put(common, crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())), 4);
        put(common, packed.size(), 4);
        put(common, content.size(), 4);
        put(common, name.size(), 2);
        put(common, 0, 2);
        put(directory, 0x02014b50, 4);
        put(directory, 20, 2);
        directory += common;
        directory.append(10, '\0');
        put(directory, bytes.size(), 4);
        directory += name;
        put(bytes, 0x04034b50, 4);
        bytes += common + name + packed;
    }
    const size_t begin = bytes.size();
    bytes += directory;
    put(bytes, 0x06054b50, 4);
    put(bytes, 0, 4);
    put(bytes, members.size(), 2);
    put(bytes, members.size(), 2);
    put(bytes, directory.size(), 4);
    put(bytes, begin, 4);
    put(bytes, 7, 2);
    return bytes + "comment";
}

TEST(Npz, HoldsNumpyArrays) {
    const auto members = read_zip(encode_npz(binary_model()), "file");
    EXPECT_EQ(members.size(), 5u);
    const std::string& w0 = members.at("W0.npy");
    EXPECT_EQ(w0.substr(0, 8), std::string("\x93NUMPY\x01\0", 8));
    EXPECT_THAT(w0, HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 7), }"));
    EXPECT_EQ((w0.size() - 14 * sizeof(float)) % 64, 0u);
    EXPECT_THAT(members.at("b0.npy"), HasSubstr("'shape': (7,), }"));
    EXPECT_THAT(members.at("metadata.npy"), HasSubstr("'descr': '|u1'"));
}

TEST(Npz, ReadsDeflatedMembersAndAComment) {
    const Model m = decode_model(deflated_archive(members_of(softmax_model())), "file");
    EXPECT_EQ(bits(m.weights.values), bits(softmax_model().weights.values));
}

TEST(Npz, RefusesDamageByName) {
    EXPECT_EQ(npz_error([](auto&) {}), "no error");
    EXPECT_THAT(npz_error([](auto& m) { m.erase("metadata.npy"); }), HasSubstr("no array \"metadata\""));
    EXPECT_THAT(npz_error([](auto& m) { m.erase("b1.npy"); }), HasSubstr("has 4 arrays"));
    EXPECT_THAT(npz_error([](auto& m) { m["W0.npy"] = npy_floats(std::vector<float>(14), {7, 2}); }), HasSubstr("array \"b0\": its shape is not (2,)"));
    EXPECT_THAT(npz_error([](auto& m) { m["W0.npy"] = npy_floats(std::vector<float>(21), {3, 7}); }), HasSubstr("inputs is 3 where 2 is due"));
    EXPECT_THAT(npz_error([](auto& m) { m["W1.npy"] = npy_floats(std::vector<float>(8), {8, 1}); }), HasSubstr("layer 1 takes 8 inputs"));
    EXPECT_THAT(npz_error([](auto& m) { m["W0.npy"] = npy_floats(std::vector<float>(14), {14}); }), HasSubstr("not (in, out)"));
    EXPECT_THAT(npz_error([](auto& m) { m["W0.npy"].pop_back(); }), HasSubstr("does not fit its 55 bytes"));
    EXPECT_THAT(npz_error([](auto& m) { m["W0.npy"] = npy_bytes("abc"); }), HasSubstr("type is '|u1'"));
    EXPECT_THAT(npz_error([](auto& m) { m["W0.npy"] = "nothing"; }), HasSubstr("not an .npy array"));
    EXPECT_THAT(npz_error([](auto& m) { m["extra.npy"] = "nothing"; }), HasSubstr("has 6 arrays"));
    EXPECT_THAT(npz_error([](auto& m) { m["metadata.npy"] = npy_bytes("[]"); }), HasSubstr("not a JSON object"));
    const auto header = [](const std::string& from, const std::string& to) {
        return [=](auto& m) {
            std::string& w0 = m["W0.npy"];
            w0.replace(w0.find(from), from.size(), to);
        };
    };
    EXPECT_THAT(npz_error(header("False", "True ")), HasSubstr("Fortran order"));
    EXPECT_THAT(npz_error(header("(2, 7)", "(2, 8)")), HasSubstr("does not fit"));
    EXPECT_THAT(npz_error(header("(2, 7)", "(0, 7)")), HasSubstr("does not fit"));
    EXPECT_THAT(npz_error(header("(2, 7)", "(2,-7)")), HasSubstr("array \"W0\": the NPY header cannot be read: a size is due"));
    EXPECT_THAT(npz_error(header("'shape'", "'descr'")), HasSubstr("'descr' is not expected"));
    EXPECT_THAT(npz_error(header("<f4", ">f4")), HasSubstr("type is '>f4'"));
}

TEST(Zip, RefusesADamagedByteByItsChecksum) {
    std::string bytes = write_zip({{"a", "some bytes"}});
    bytes[bytes.find("some")] = 'x';
    EXPECT_THROW(read_zip(bytes, "file"), DataError);
}

TEST(Zip, RefusesMembersThatShareBytes) {
    // Both directory entries point at the first member: the trick behind archives that unpack to terabytes.
    std::string bytes = write_zip({{"a", "some bytes"}, {"a", "some bytes"}});
    const size_t second = bytes.rfind("PK\x01\x02");
    std::memset(bytes.data() + second + 42, 0, 4);
    try {
        read_zip(bytes, "file");
        FAIL();
    } catch (const DataError& e) {
        EXPECT_THAT(e.what(), HasSubstr("overlap"));
    }
}

TEST(Zip, RefusesWhatWouldUnpackTooLarge) {
    const std::string bytes = deflated_archive({{"a", std::string(80 << 20, '\0')}});
    EXPECT_LT(bytes.size(), 100000u);
    try {
        read_zip(bytes, "file");
        FAIL();
    } catch (const DataError& e) {
        EXPECT_THAT(e.what(), HasSubstr("would unpack to more"));
    }
    EXPECT_EQ(read_zip(deflated_archive({{"a", std::string(1 << 20, '\0')}}), "file").at("a").size(), size_t{1} << 20);
}

// ---- json --------------------------------------------------------------------------------------------------------------

std::string json_error(const std::function<void(ordered_json&)>& damage) {
    ordered_json document = ordered_json::parse(encode_json(binary_model()));
    damage(document);
    return message_of(document.dump());
}

TEST(Json, IsReadable) {
    Model m = regression_model();
    m.weights.values = {0.1f, -2, 1.0f / 3};
    const std::string text = encode_json(m);
    EXPECT_THAT(text, HasSubstr("\"activation\": \"relu\""));
    EXPECT_THAT(text, HasSubstr("{\"weight\": [\n      [0.1],\n      [-2]],\n     \"bias\": [0.33333334]}"));
    EXPECT_TRUE(ordered_json::parse(text)["preprocessing"].is_object());
}

TEST(Json, RefusesDamageByName) {
    EXPECT_EQ(json_error([](auto&) {}), "no error");
    EXPECT_THAT(json_error([](auto& j) { j.erase("layers"); }), HasSubstr("no array \"layers\""));
    EXPECT_THAT(json_error([](auto& j) { j["layers"] = ordered_json::array(); }), HasSubstr("no layer"));
    EXPECT_THAT(json_error([](auto& j) { j["layers"][0] = 3; }), HasSubstr("layer 0 is not"));
    EXPECT_THAT(json_error([](auto& j) { j["layers"][1]["bias"] = {1, 2}; }), HasSubstr("layer 1: a row of weight has 1 numbers, bias has 2"));
    EXPECT_THAT(json_error([](auto& j) { j["layers"][1]["bias"][0] = nullptr; }), HasSubstr("not a number"));
    EXPECT_THAT(json_error([](auto& j) { j["layers"][1]["bias"][0] = 1e39; }), HasSubstr("beyond the range of a float"));
    EXPECT_THAT(json_error([](auto& j) { j["layers"][1]["weight"].erase(0); }), HasSubstr("layer 1 takes 6 inputs"));
    EXPECT_THAT(json_error([](auto& j) { j["layers"].erase(1); }), HasSubstr("outputs is 7 where 1 is due"));
    EXPECT_THAT(json_error([](auto& j) { j["scaling"] = "log"; }), HasSubstr("allowed are none, standardize, pca"));
    EXPECT_THAT(json_error([](auto& j) { j["missing"] = {"?", 3}; }), HasSubstr("\"missing\" is not a list of texts"));
    EXPECT_THAT(json_error([](auto& j) { j["preprocessing"] = 3; }), HasSubstr("file: preprocessing: "));
    EXPECT_THAT(json_error([](auto& j) { j["preprocessing"]["columns"] = 3; }), HasSubstr("file: "));
}

/// Files of an ensemble whose list of nets does not fit what they hold.
TEST(Ensemble, RefusesNetsThatAreNotThere) {
    const auto json = [](const std::function<void(ordered_json&)>& damage) {
        auto document = ordered_json::parse(encode_json(ensemble_model()));
        damage(document);
        return message_of(document.dump());
    };
    EXPECT_EQ(json([](auto&) {}), "no error");
    EXPECT_THAT(json([](auto& j) { j["nets"].erase(1); }), HasSubstr("\"nets\" is not a list of two or more"));
    EXPECT_THAT(json([](auto& j) { j["nets"].push_back(j["nets"][0]); }), HasSubstr("each of the 3 nets"));
    EXPECT_THAT(json([](auto& j) { j["nets"][1]["activation"] = "cube"; }), HasSubstr("\"cube\"; allowed are"));
    EXPECT_THAT(json([](auto& j) { j["layers"][1].erase(2); }), HasSubstr("net 1: the number of outputs is 3 where 1 is due"));
    EXPECT_THAT(json([](auto& j) { j.erase("nets"); }), HasSubstr("no \"nets\""));
    Safetensors parts = take_apart(encode_safetensors(ensemble_model()));
    std::string nets = parts.header["__metadata__"]["nets"];
    nets.insert(1, nets.substr(1, nets.find('}')) + ",");
    parts.header["__metadata__"]["nets"] = nets;
    EXPECT_THAT(message_of(put_together(parts.header.dump(), parts.data)), HasSubstr("net 2: it has no layer"));
}

} // namespace
} // namespace caviar::model
