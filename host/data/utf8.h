#pragma once
/// Text of unknown encoding made UTF-8, which JSON and every report need.

#include <string>
#include <string_view>

namespace caviar::data {

/// Well-formed UTF-8 (The Unicode Standard, table 3-7).
inline bool is_utf8(std::string_view text) {
    const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const auto within = [&](size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
    for (size_t i = 0; i < text.size();) {
        const unsigned lead = byte(i);
        size_t length = 0;
        if (lead < 0x80) length = 1;
        else if (lead >= 0xC2 && lead <= 0xDF) length = 2;
        else if (lead >= 0xE0 && lead <= 0xEF) length = 3;
        else if (lead >= 0xF0 && lead <= 0xF4) length = 4;
        else return false;
        if (length > 1) {
            const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
            const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
            if (!within(i + 1, low, high)) return false;
        }
        for (size_t k = 2; k < length; ++k)
            if (!within(i + k, 0x80, 0xBF)) return false;
        i += length;
    }
    return true;
}

/// Each byte as the Latin-1 character it stands for.
inline std::string utf8_of_latin1(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) result += c;
        else result += {static_cast<char>(0xC0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3F))};
    }
    return result;
}

} // namespace caviar::data
