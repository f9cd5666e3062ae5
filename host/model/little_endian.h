#pragma once
/// Numbers in files: little-endian, at any alignment.

#include <bit>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace caviar::model {

static_assert(std::endian::native == std::endian::little, "model files are written as they lie in memory");

/// The number at byte `at`; the caller has checked that it is there.
template <class T>
T load(std::string_view bytes, size_t at) {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

template <class T>
void append(std::string& bytes, T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline void append(std::string& bytes, std::span<const float> values) {
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

} // namespace caviar::model
