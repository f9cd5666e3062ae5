#include "host/report/numbers.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace caviar::report {
namespace {

std::string not_finite(double value) { return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf"; }

/// The unit that leaves a number below `base` once rounded to what `scaled` prints.
std::string scaled(double value, double base, const char* const* units, size_t n) {
    size_t unit = 0;
    while (unit + 1 < n && std::abs(value) >= base * 0.9995) {
        value /= base;
        ++unit;
    }
    const std::string number = std::abs(value) < 9.95 && unit > 0 ? fixed(value, 1) : significant(value, 3);
    return number + units[unit];
}

std::string two(int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); }

} // namespace

std::string fixed(double value, int decimals) {
    if (!std::isfinite(value)) return not_finite(value);
    char text[400]; // the largest double has 309 digits before the point
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals > 40 ? 40 : decimals).ptr;
    return {text, end};
}

std::string significant(double value, int digits) {
    if (!std::isfinite(value)) return not_finite(value);
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits > 17 ? 17 : digits).ptr;
    std::string result(text, end);
    // "general" writes 12345 at four digits as 1.234e+04; whole numbers of a few digits read better in full.
    if (std::abs(value) >= 1 && std::abs(value) < 1e6 && result.find('e') != std::string::npos) return fixed(value, 0);
    return result;
}

std::string count(int64_t n) {
    if (n > -1'000'000 && n < 1'000'000) {
        const std::string text = std::to_string(n);
        if (std::abs(n) < 10'000) return text;
        return text.substr(0, text.size() - 3) + ',' + text.substr(text.size() - 3);
    }
    static constexpr const char* units[] = {"", " k", " M", " G", " T"};
    return scaled(static_cast<double>(n), 1000, units, 5);
}

std::string duration(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0) return "-";
    if (seconds < 0.9995) return significant(seconds * 1e3, 2) + " ms";
    if (seconds < 9.95) return fixed(seconds, 1) + " s";
    if (seconds > 1e15) return "> 30 million years";
    const auto whole = static_cast<int64_t>(std::llround(seconds));
    if (whole < 60) return std::to_string(whole) + " s";
    if (whole < 3600) return std::to_string(whole / 60) + " m " + two(whole % 60) + " s";
    if (whole < 86400) return std::to_string(whole / 3600) + " h " + two(whole % 3600 / 60) + " m";
    return std::to_string(whole / 86400) + " d " + two(whole % 86400 / 3600) + " h";
}

std::string bytes(int64_t n) {
    static constexpr const char* units[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
    return scaled(static_cast<double>(n), 1024, units, 7);
}

std::string percent(double share, int decimals) { return fixed(share * 100, decimals) + " %"; }

std::string rate(double per_second) {
    if (!std::isfinite(per_second)) return "-";
    static constexpr const char* units[] = {"", " k", " M", " G", " T"};
    return scaled(per_second, 1000, units, 5) + " / s";
}

} // namespace caviar::report
