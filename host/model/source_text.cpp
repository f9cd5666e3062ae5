#include "host/model/source_text.h"

#include "caviar/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>

namespace caviar::model {
namespace {

template <class T> std::string shortest(T value) {
    char digits[40];
    std::string text(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

// docs.python.org/3/reference/lexical_analysis.html#keywords
constexpr std::array<std::string_view, 35> keywords{"False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
                                                    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
                                                    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield"};
constexpr std::array<std::string_view, 5> imported{"base64", "math", "numpy", "pandas", "torch"}; // by the file, by what it imports, or beside it

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

} // namespace

std::string literal(float value) { return shortest(value); }
std::string literal(double value) { return shortest(value); }

std::string c_string(std::string_view bytes) {
    std::string text = "\"";
    for (const char c : bytes) {
        if (is_word(c) || std::string_view(" !#$%&'()*+,-./:;<=>@[]^`{|}~").find(c) != std::string_view::npos) { // not '?', for trigraphs
            text += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c); // three octal digits end by themselves, hexadecimal ones do not
        text += '\\';
        for (const int shift : {6, 3, 0}) text += static_cast<char>('0' + (byte >> shift & 7));
    }
    return text + '"';
}

// Python reads JSON's escapes; what is not ASCII is left as it is.
std::string python_string(std::string_view text) { return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

std::string identifier_of(const std::string& path) {
    std::string name = std::filesystem::path(path).stem().string();
    for (char& c : name)
        if (!is_word(c)) c = '_';
    return name.empty() || (name[0] >= '0' && name[0] <= '9') ? "net_" + name : name;
}

void check_module_name(const std::string& path) {
    const std::string stem = std::filesystem::path(path).stem().string();
    const auto is_one_of = [&](const auto& names) { return std::find(names.begin(), names.end(), stem) != names.end(); };
    if (is_one_of(keywords)) throw UsageError(path + ": '" + stem + "' is a keyword of Python, so no program could import the file; give it another name, such as model.py");
    if (is_one_of(imported)) throw UsageError(path + ": the file would be found in place of the module '" + stem + "', which it needs; give it another name, such as model.py");
}

std::string import_of(const std::string& path) {
    const std::string stem = std::filesystem::path(path).stem().string(), name = identifier_of(path);
    if (stem == name) return "import " + name;
    if (stem.find('.') != std::string::npos) return "import " + name + "  # once the file is named " + name + ".py"; // a point would be a package's
    return "import importlib; " + name + " = importlib.import_module(" + python_string(stem) + ")";
}

std::string base64(std::span<const float> values) {
    static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    std::string text;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        if (i % 90 == 0) text += '\n';
        const auto byte = [&](size_t k) { return k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0u; };
        const uint32_t three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        for (const unsigned shift : {18u, 12u, 6u, 0u}) text += digits[three >> shift & 63];
    }
    const size_t rest = bytes.size() % 3;
    if (rest > 0) text.replace(text.size() - (3 - rest), 3 - rest, 3 - rest, '=');
    return text;
}

std::string filled(std::string_view text, const std::map<std::string, std::string>& values) {
    std::string result;
    for (size_t at = 0; at < text.size();) {
        const size_t end = text[at] == '@' ? text.find('@', at + 1) : std::string_view::npos;
        const auto found = end == std::string_view::npos ? values.end() : values.find(std::string(text.substr(at + 1, end - at - 1)));
        if (found == values.end()) {
            result += text[at++];
        } else {
            result += found->second;
            at = end + 1;
        }
    }
    return result;
}

} // namespace caviar::model
