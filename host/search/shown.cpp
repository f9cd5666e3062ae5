#include "host/search/shown.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace caviar::search {
namespace {

std::string written(double value, std::chars_format format, int precision) {
    char text[64];
    const auto r = std::to_chars(text, text + sizeof text, value, format, precision);
    return r.ec == std::errc{} ? std::string(text, r.ptr) : to_string(Value{value});
}

} // namespace

double rounded(double value, int digits) {
    const std::string text = written(value, std::chars_format::scientific, digits - 1);
    double result = value;
    std::from_chars(text.data(), text.data() + text.size(), result);
    return result;
}

std::string shown(const Distribution& d, const Value& value) {
    const auto* real = std::get_if<double>(&value);
    if (!real) return to_string(value);
    if (d.kind == DistributionKind::beta && *real > 0 && *real < 1) {
        const int decimals = 1 - static_cast<int>(std::floor(std::log10(1 - *real)));
        std::string text = written(*real, std::chars_format::fixed, std::clamp(decimals, 1, 15));
        while (text.ends_with('0')) text.pop_back();
        return text;
    }
    return written(*real, std::chars_format::general, 3);
}

std::string percent(double share) { return std::to_string(std::lround(100 * share)) + "%"; }

} // namespace caviar::search
