#pragma once
/// A hash that tells one data set from another: a study refuses to go on with other data.

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace caviar::data {

/// Two 64-bit lanes over 64-bit words: multiply and xor-shift as in FNV-1a and MurmurHash3's finaliser. Not against forgery.
/// Texts and lists go in with their length first, so that moving a value from one to the next changes the hash.
class Fingerprint {
public:
    void add(uint64_t word) {
        a_ = (a_ ^ word) * 0x9E3779B97F4A7C15u;
        a_ ^= a_ >> 32;
        b_ = std::rotl(b_ + word * 0xC2B2AE3D27D4EB4Fu, 31) * 0x9FB21C651E98DF25u;
    }
    void add(double value) { add(std::bit_cast<uint64_t>(value)); }
    void add(std::string_view text) {
        add(static_cast<uint64_t>(text.size()));
        for (const char c : text) add(static_cast<uint64_t>(static_cast<unsigned char>(c)));
    }
    void add(std::span<const float> values) {
        add(static_cast<uint64_t>(values.size()));
        size_t i = 0;
        for (; i + 1 < values.size(); i += 2)
            add(uint64_t{std::bit_cast<uint32_t>(values[i])} | uint64_t{std::bit_cast<uint32_t>(values[i + 1])} << 32);
        if (i < values.size()) add(uint64_t{std::bit_cast<uint32_t>(values[i])});
    }
    /// 32 hexadecimal digits.
    std::string text() const {
        std::string result;
        for (uint64_t lane : {mix(a_ ^ std::rotl(b_, 17)), mix(b_ + a_)})
            for (int shift = 60; shift >= 0; shift -= 4) result += "0123456789abcdef"[lane >> shift & 15];
        return result;
    }

private:
    static uint64_t mix(uint64_t z) {
        z = (z ^ (z >> 33)) * 0xff51afd7ed558ccdu;
        z = (z ^ (z >> 33)) * 0xc4ceb9fe1a85ec53u;
        return z ^ (z >> 33);
    }
    uint64_t a_ = 0xCBF29CE484222325u, b_ = 0x84222325CBF29CE4u;
};

} // namespace caviar::data
