#include "host/report/text.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <sstream>

namespace caviar::report {
namespace {

struct Character {
    char32_t code;
    size_t bytes;
};

/// The character that starts at `at`; a byte that starts no well-formed one stands for itself.
Character decode(std::string_view text, size_t at) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at);
    const size_t length = first < 0x80 ? 1 : first >= 0xC2 && first < 0xE0 ? 2 : (first & 0xF0) == 0xE0 ? 3 : first >= 0xF0 && first < 0xF5 ? 4 : 0;
    if (length == 1) return {first, 1};
    if (length == 0 || at + length > text.size()) return {0xFFFD, 1};
    char32_t code = first & (0x7F >> length);
    for (size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80) return {0xFFFD, 1};
        code = code << 6 | (byte(at + i) & 0x3F);
    }
    return {code, length};
}

struct Range {
    char32_t first, last;
};

constexpr Range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x25FD, 0x25FE},   {0x2614, 0x2615},   {0x2648, 0x2653},
    {0x26A1, 0x26A1},   {0x26BD, 0x26BE},   {0x2705, 0x2705},   {0x270A, 0x270B},   {0x2728, 0x2728},   {0x274C, 0x274C},
    {0x2753, 0x2755},   {0x2795, 0x2797},   {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x18AFF}, {0x1B000, 0x1B2FF}, {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD}};

constexpr Range combining[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},
                               {0x093C, 0x093C}, {0x0941, 0x0948}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},
                               {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0x302A, 0x302D}, {0xFE00, 0xFE0F},
                               {0xFE20, 0xFE2F}};

template <size_t N>
bool within(const Range (&ranges)[N], char32_t code) {
    const auto* after = std::upper_bound(std::begin(ranges), std::end(ranges), code, [](char32_t c, const Range& r) { return c < r.first; });
    return after != std::begin(ranges) && code <= std::prev(after)->last;
}

int columns(char32_t code) { return within(combining, code) ? 0 : within(wide, code) ? 2 : 1; }

std::string spaces(int n) { return std::string(static_cast<size_t>(std::max(n, 0)), ' '); }

} // namespace

int display_width(std::string_view text) {
    int width = 0;
    for (size_t at = 0; at < text.size();) {
        const Character c = decode(text, at);
        width += columns(c.code);
        at += c.bytes;
    }
    return width;
}

std::string truncate(std::string_view text, int width) {
    if (display_width(text) <= width) return std::string(text);
    if (width <= 0) return {};
    int used = 0;
    size_t at = 0;
    while (at < text.size()) {
        const Character c = decode(text, at);
        if (used + columns(c.code) > width - 1) break;
        used += columns(c.code);
        at += c.bytes;
    }
    return std::string(text.substr(0, at)) + "…";
}

std::string pad_right(std::string_view text, int width) { return std::string(text) + spaces(width - display_width(text)); }

std::string pad_left(std::string_view text, int width) { return spaces(width - display_width(text)) + std::string(text); }

std::string wrap(const std::string& text, int margin, int width) {
    std::istringstream words(text);
    std::string out, word;
    int column = margin;
    while (words >> word) {
        const int length = display_width(word);
        if (column > margin && column + 1 + length > width) {
            out += '\n' + spaces(margin);
            column = margin;
        } else if (column > margin) {
            out += ' ';
            ++column;
        }
        out += word;
        column += length;
    }
    return out;
}

std::string printable(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (size_t at = 0; at < text.size();) {
        const Character c = decode(text, at);
        if (c.code == '\t' || c.code == '\n') result += ' ';
        else if (c.code < 0x20 || (c.code >= 0x7F && c.code < 0xA0) || c.code == 0xFFFD) result += '?';
        else result.append(text.substr(at, c.bytes));
        at += c.bytes;
    }
    return result;
}

std::string coloured(std::string_view text, Colour colour, bool on) {
    if (!on) return std::string(text);
    const char* code = "0";
    switch (colour) {
    case Colour::bold: code = "1"; break;
    case Colour::dim: code = "2"; break;
    case Colour::red: code = "31"; break;
    case Colour::green: code = "32"; break;
    case Colour::yellow: code = "33"; break;
    case Colour::cyan: code = "36"; break;
    }
    return std::string("\033[") + code + "m" + std::string(text) + "\033[0m";
}

} // namespace caviar::report
