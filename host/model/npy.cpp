#include "host/model/npy.h"

#include "caviar/error.h"
#include "host/model/little_endian.h"

#include <charconv>
#include <cstring>

namespace caviar::model {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

std::string header(const char* descr, const std::vector<int64_t>& shape) {
    std::string sizes;
    for (const int64_t n : shape) sizes += std::to_string(n) + ", ";
    if (shape.size() > 1) sizes.resize(sizes.size() - 2); // (3,) keeps its comma, (3, 4) has none at the end
    else sizes.pop_back();
    std::string text = std::string("{'descr': '") + descr + "', 'fortran_order': False, 'shape': (" + sizes + "), }";
    const size_t before = magic.size() + 4;
    while ((before + text.size() + 1) % 64 != 0) text += ' '; // the values begin at a multiple of 64 bytes
    text += '\n';
    std::string bytes(magic);
    bytes += "\x01";
    bytes += '\0';
    append(bytes, static_cast<uint16_t>(text.size()));
    return bytes + text;
}

struct Header {
    std::string descr;
    bool fortran_order = false;
    std::vector<int64_t> shape;
};

/// Reads the header's Python dict: exactly the three keys, in any order. One pass, no recursion.
class HeaderParser {
public:
    HeaderParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

    Header parse() {
        Header h;
        bool descr = false, order = false, shape = false;
        expect('{');
        while (!accept('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr" && !descr) h.descr = quoted(), descr = true;
            else if (key == "fortran_order" && !order) h.fortran_order = boolean(), order = true;
            else if (key == "shape" && !shape) h.shape = tuple(), shape = true;
            else fail();
            if (!accept(',') && peek() != '}') fail();
        }
        if (peek() != '\0' || !descr || !order || !shape) fail();
        return h;
    }

private:
    [[noreturn]] void fail() const { throw DataError(where_ + ": its .npy header is damaged"); }

    char peek() {
        const size_t next = text_.find_first_not_of(" \n");
        text_.remove_prefix(next == std::string_view::npos ? text_.size() : next);
        return text_.empty() ? '\0' : text_.front();
    }
    bool accept(char c) {
        if (peek() != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!accept(c)) fail();
    }
    std::string quoted() {
        const char quote = peek();
        if (quote != '\'' && quote != '"') fail();
        const size_t end = text_.find(quote, 1);
        if (end == std::string_view::npos) fail();
        std::string result(text_.substr(1, end - 1));
        text_.remove_prefix(end + 1);
        return result;
    }
    bool boolean() {
        const bool value = peek() == 'T';
        const std::string_view word = value ? "True" : "False";
        if (!text_.starts_with(word)) fail();
        text_.remove_prefix(word.size());
        return value;
    }
    std::vector<int64_t> tuple() {
        std::vector<int64_t> sizes;
        expect('(');
        while (!accept(')')) {
            peek();
            int64_t n = 0;
            const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), n);
            if (error != std::errc{} || n < 0 || sizes.size() >= 2) fail();
            text_.remove_prefix(static_cast<size_t>(end - text_.data()));
            sizes.push_back(n);
            if (!accept(',') && peek() != ')') fail();
        }
        return sizes;
    }

    std::string_view text_;
    const std::string& where_;
};

/// The shape and the bytes of the values, their number checked.
std::pair<Header, std::string_view> split(std::string_view bytes, std::string_view descr, size_t value_size, const std::string& where) {
    if (!bytes.starts_with(magic) || bytes.size() < magic.size() + 6) throw DataError(where + ": is not an .npy array");
    const int version = bytes[magic.size()];
    if (version < 1 || version > 3) throw DataError(where + ": has an unknown .npy version");
    const size_t begin = magic.size() + 2 + (version == 1 ? 2 : 4);
    const size_t length = version == 1 ? load<uint16_t>(bytes, magic.size() + 2) : load<uint32_t>(bytes, magic.size() + 2);
    if (length > bytes.size() - begin) throw DataError(where + ": its .npy header is cut short");
    Header h = HeaderParser(bytes.substr(begin, length), where).parse();
    if (h.descr != descr) throw DataError(where + ": its type is '" + h.descr.substr(0, 20) + "' where '" + std::string(descr) + "' is due");
    if (h.fortran_order && h.shape.size() > 1) throw DataError(where + ": is in Fortran order; write numpy.ascontiguousarray(...)");
    const std::string_view values = bytes.substr(begin + length);
    uint64_t left = values.size() / value_size; // divided, not multiplied: sizes from a file may overflow
    bool fits = values.size() % value_size == 0;
    for (const int64_t n : h.shape) {
        fits = fits && n > 0 && left % static_cast<uint64_t>(n) == 0;
        if (fits) left /= static_cast<uint64_t>(n);
    }
    if (!fits || left != 1) throw DataError(where + ": its shape does not fit its " + std::to_string(values.size()) + " bytes of values");
    return {std::move(h), values};
}

} // namespace

std::string npy_floats(std::span<const float> values, const std::vector<int64_t>& shape) {
    std::string bytes = header("<f4", shape);
    append(bytes, values);
    return bytes;
}

std::string npy_bytes(std::string_view values) { return header("|u1", {static_cast<int64_t>(values.size())}) + std::string(values); }

FloatArray npy_to_floats(std::string_view bytes, const std::string& where) {
    auto [h, values] = split(bytes, "<f4", sizeof(float), where);
    FloatArray array{std::move(h.shape), std::vector<float>(values.size() / sizeof(float))};
    std::memcpy(array.values.data(), values.data(), values.size());
    return array;
}

std::string npy_to_bytes(std::string_view bytes, const std::string& where) { return std::string(split(bytes, "|u1", 1, where).second); }

} // namespace caviar::model
