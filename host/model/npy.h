#pragma once
/// Arrays as .npy, by NumPy's format description (numpy.lib.format, versions 1.0 to 3.0): float32 and uint8, in C order.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace caviar::model {

/// Bytes of an array of one or two dimensions; the product of `shape` is the number of values.
std::string npy_floats(std::span<const float> values, const std::vector<int64_t>& shape);
std::string npy_bytes(std::string_view values);

struct FloatArray {
    std::vector<int64_t> shape;
    std::vector<float> values;
};

/// Throw DataError that begins with `where` (file and member): another type or order, a size that does not fit the bytes.
FloatArray npy_to_floats(std::string_view bytes, const std::string& where);
std::string npy_to_bytes(std::string_view bytes, const std::string& where);

} // namespace caviar::model
