// Seeded mutations of good files. Whatever the bytes, only caviar::Error may come out, and memory stays in proportion.

#include "caviar/error.h"
#include "host/model/format.h"
#include "host/model/json_model.h"
#include "host/model/npz.h"
#include "host/model/safetensors.h"
#include "host/model/zip.h"
#include "tests/model/samples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace caviar::model {
namespace {

using namespace test;

class Mutator {
public:
    explicit Mutator(uint32_t seed) : random_(seed) {}

    std::string operator()(std::string bytes) {
        for (size_t changes = 1 + below(4); changes > 0 && !bytes.empty(); --changes) change(bytes);
        return bytes;
    }

private:
    size_t below(size_t n) { return random_() % std::max<size_t>(n, 1); }

    void change(std::string& bytes) {
        static const std::vector<std::string> words = {
            std::string(8, '\0'), std::string(4, '\xff'), std::string("\xff\xff\xff\x7f", 4), std::string("\0\0\xc0\x7f", 4), "0", "-1", "1e999", "1e39",
            "18446744073709551615", "4294967296", "2147483648", "null", "[", "]", "{", "}", "\"", "[[[[[[[[", "\\u0000", "\xc3", "PK\x03\x04", "NaN", ",", ":", "true"};
        const size_t at = below(bytes.size());
        switch (below(7)) {
        case 0: bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8))); break;
        case 1: bytes[at] = static_cast<char>(random_()); break;
        case 2: bytes.resize(at); break;
        case 3: bytes.insert(at, words[below(words.size())]); break;
        case 4: { // overwritten in place: lengths elsewhere in the file stay right
            const std::string& word = words[below(words.size())];
            bytes.replace(at, std::min(word.size(), bytes.size() - at), word.substr(0, bytes.size() - at));
            break;
        }
        case 5: bytes.erase(at, 1 + below(16)); break;
        case 6: bytes.insert(below(bytes.size()), bytes.substr(at, 1 + below(64))); break;
        }
    }

    std::mt19937 random_;
};

/// True where the bytes were refused. Anything but caviar::Error escapes and fails the test.
bool refused(const std::string& bytes) {
    try {
        const Model m = decode_model(bytes, "file");
        for (const float w : m.weights.values) EXPECT_TRUE(std::isfinite(w));
        EXPECT_LE(m.weights.values.size(), bytes.size()); // a float takes a byte and more in every format
        return false;
    } catch (const Error&) {
        return true;
    }
}

constexpr int rounds = 3000;

void fuzz(const std::string& good, uint32_t seed) {
    ASSERT_FALSE(refused(good));
    Mutator mutate(seed);
    int bad = 0;
    for (int i = 0; i < rounds; ++i) bad += refused(mutate(good));
    EXPECT_GT(bad, rounds / 2); // the mutations bite
}

TEST(Fuzz, Safetensors) {
    fuzz(encode_safetensors(binary_model()), 1);
    fuzz(encode_safetensors(regression_model()), 2);
    fuzz(encode_safetensors(ensemble_model()), 11);
}

TEST(Fuzz, SafetensorsHeaderOfTheRightLength) {
    const std::string good = encode_safetensors(regression_model());
    uint64_t length = 0;
    std::memcpy(&length, good.data(), 8);
    Mutator mutate(3);
    int bad = 0;
    for (int i = 0; i < rounds; ++i) {
        const std::string header = mutate(good.substr(8, length));
        const uint64_t n = header.size();
        bad += refused(std::string(reinterpret_cast<const char*>(&n), 8) + header + good.substr(8 + length));
    }
    EXPECT_GT(bad, rounds / 2);
}

TEST(Fuzz, Npz) {
    fuzz(encode_npz(binary_model()), 4);
    fuzz(encode_npz(ensemble_model()), 12);
}

// A mutated archive mostly fails its checksums; here the members are mutated and the archive is right.
TEST(Fuzz, NpzMembers) {
    const auto good = read_zip(encode_npz(regression_model()), "file");
    Mutator mutate(5);
    std::mt19937 random(6);
    int bad = 0;
    for (int i = 0; i < rounds; ++i) {
        std::vector<std::pair<std::string, std::string>> members(good.begin(), good.end());
        auto& member = members[random() % members.size()];
        member.second = mutate(member.second);
        bad += refused(write_zip(members));
    }
    EXPECT_GT(bad, rounds / 4); // a changed weight is still a weight
}

TEST(Fuzz, Json) {
    fuzz(encode_json(softmax_model()), 7);
    fuzz(encode_json(regression_model()), 8);
    fuzz(encode_json(ensemble_model()), 13);
}

} // namespace
} // namespace caviar::model
