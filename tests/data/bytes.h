#pragma once
/// Files as bytes, made in the test.

#include <zlib.h>

#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace caviar::test {

inline std::string gzip(const std::string& bytes) {
    z_stream stream{};
    if (deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("deflateInit2");
    std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const int status = deflate(&stream, Z_FINISH);
    packed.resize(packed.size() - stream.avail_out);
    deflateEnd(&stream);
    if (status != Z_STREAM_END) throw std::runtime_error("deflate");
    return packed;
}

/// The lowest `size` bytes of `bits`, in either order.
inline std::string number_bytes(uint64_t bits, int size, bool big_endian) {
    std::string bytes;
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(bits >> 8 * (big_endian ? size - 1 - i : i));
    return bytes;
}

inline std::string idx(unsigned char type, const std::vector<uint32_t>& sizes, const std::string& values) {
    std::string bytes = {0, 0, static_cast<char>(type), static_cast<char>(sizes.size())};
    for (const uint32_t size : sizes) bytes += number_bytes(size, 4, true);
    return bytes + values;
}

inline std::string npy(const std::string& header, const std::string& values, int version = 1) {
    const std::string padded = header + "\n";
    return "\x93NUMPY" + std::string{static_cast<char>(version), 0} + number_bytes(padded.size(), version == 1 ? 2 : 4, false) + padded + values;
}
inline std::string npy(const std::string& descr, bool fortran, const std::string& shape, const std::string& values, int version = 1) {
    return npy("{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }", values, version);
}

} // namespace caviar::test
