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

/// Numbers from here on keep what rounding to float32 takes from them (Column::rest): floats lie an eighth or more apart there.
constexpr float keeps_rest_from = 0x1p20f;

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

/// The same in double. A text of few digits is read as a float first, so that it means the same number as in a column of floats.
inline std::optional<double> exact_number_of(std::string_view text) {
    const std::optional<float> number = number_of(text);
    if (!number || std::fabs(*number) < keeps_rest_from || std::isinf(*number)) return number;
    if (text.front() == '+') text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} ? value : static_cast<double>(*number);
}

/// The fewest digits that read back to the same number; whole numbers up to 2^53 without exponent.
template <class T> std::string text_of_number(T value) {
    char buffer[48];
    if (std::trunc(value) == value && std::fabs(value) < static_cast<T>(0x1p53))
        return {buffer, std::to_chars(buffer, buffer + sizeof buffer, static_cast<int64_t>(value)).ptr};
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}
/// A number that is a float is written as one: 0.1, not 0.10000000149011612.
inline std::string text_of(double value) {
    const auto narrow = static_cast<float>(value);
    return static_cast<double>(narrow) == value ? text_of_number(narrow) : text_of_number(value);
}

} // namespace caviar::data
