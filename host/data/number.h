#pragma once
/// Numbers as text, the same in every locale.

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace caviar::data {

/// Reads a decimal number at the start of [first, last); returns where it ends, or `first` where there is none.
/// Correctly rounded. Beyond float's range: infinity, or zero where it is too small. Words (inf, nan) are not numbers here.
inline const char* scan_number(const char* first, const char* last, float& value) {
    const char* p = first;
    const bool negative = p != last && *p == '-';
    if (p != last && (*p == '-' || *p == '+')) ++p;
    const char* const digits = p;
    // Most fields are short: mantissa and power of ten are then both exact floats, so one division rounds correctly (Clinger 1990).
    uint32_t mantissa = 0;
    while (p != last && static_cast<unsigned char>(*p - '0') < 10 && p - digits < 9)
        mantissa = mantissa * 10 + static_cast<uint32_t>(*p++ - '0');
    int whole = static_cast<int>(p - digits), decimals = 0;
    if (p != last && *p == '.') {
        ++p;
        while (p != last && static_cast<unsigned char>(*p - '0') < 10 && whole + decimals < 9) {
            mantissa = mantissa * 10 + static_cast<uint32_t>(*p++ - '0');
            ++decimals;
        }
    }
    if (whole + decimals == 0) return first;
    const bool more = p != last && (static_cast<unsigned char>(*p - '0') < 10 || *p == 'e' || *p == 'E' || *p == '.');
    if (!more && mantissa <= (1u << 24)) {
        static constexpr float power[] = {1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f};
        const float magnitude = static_cast<float>(mantissa) / power[decimals];
        value = negative ? -magnitude : magnitude;
        return p;
    }
    const auto [end, error] = std::from_chars(digits, last, value);
    if (error == std::errc::invalid_argument) return first;
    if (error == std::errc::result_out_of_range) {
        // from_chars does not say which way; a double has room to tell a huge float from a tiny one.
        double wide = 0;
        const auto again = std::from_chars(digits, last, wide);
        if (again.ec == std::errc::result_out_of_range) { // beyond double, too: the exponent's sign tells, or leading zeros
            const std::string_view text(digits, static_cast<size_t>(end - digits));
            const size_t exponent = text.find_first_of("eE");
            const bool tiny = exponent != text.npos ? text[exponent + 1] == '-' : text[text.find_first_not_of('0')] == '.';
            wide = tiny ? 0 : std::numeric_limits<double>::infinity();
        }
        value = wide > 1 ? std::numeric_limits<float>::infinity() : static_cast<float>(wide);
    }
    if (negative) value = -value;
    return end;
}

/// The number a whole text stands for, if it is one.
inline std::optional<float> number_of(std::string_view text) {
    float value = 0;
    const char* last = text.data() + text.size();
    if (text.empty() || scan_number(text.data(), last, value) != last) return std::nullopt;
    return value;
}

/// The fewest digits that read back to the same float; whole numbers up to 2^53 without exponent.
inline std::string text_of(float value) {
    char buffer[48];
    if (std::trunc(value) == value && std::fabs(value) < 0x1p53f)
        return {buffer, std::to_chars(buffer, buffer + sizeof buffer, static_cast<int64_t>(value)).ptr};
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

} // namespace caviar::data
