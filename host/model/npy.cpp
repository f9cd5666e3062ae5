#include "host/model/npy.h"

#include "caviar/error.h"
#include "host/data/npy_header.h"
#include "host/model/little_endian.h"

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

/// The shape and the bytes of the values, their number checked.
std::pair<data::NpyHeader, std::string_view> split(std::string_view bytes, std::string_view descr, size_t value_size, const std::string& where) {
    if (!bytes.starts_with(magic) || bytes.size() < magic.size() + 6) throw DataError(where + ": is not an .npy array");
    const int version = bytes[magic.size()];
    if (version < 1 || version > 3) throw DataError(where + ": has an unknown .npy version");
    const size_t begin = magic.size() + 2 + (version == 1 ? 2 : 4);
    const size_t length = version == 1 ? load<uint16_t>(bytes, magic.size() + 2) : load<uint32_t>(bytes, magic.size() + 2);
    if (length > bytes.size() - begin) throw DataError(where + ": its .npy header is cut short");
    data::NpyHeader h = data::parse_npy_header(bytes.substr(begin, length), where);
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
