#pragma once
/// Protocol Buffers' wire format, writing only: what others' files (TensorBoard's events, ONNX) are made of. Source:
/// protobuf.dev/programming-guides/encoding. A message is its fields one after the other, each a tag (number << 3 | wire type) and a value.

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace caviar::core {

/// A message under construction. Fields are written in the order of the calls; a repeated field is a call for each element.
class Message {
public:
    /// int32, int64, bool and enum; negative ones take ten bytes, as the format has it.
    Message& number(uint32_t field, int64_t value) {
        tag(field, 0);
        varint(static_cast<uint64_t>(value));
        return *this;
    }
    Message& fixed(uint32_t field, float value) { // float: four bytes; double: eight
        tag(field, 5);
        little_endian(std::bit_cast<uint32_t>(value));
        return *this;
    }
    Message& fixed(uint32_t field, double value) {
        tag(field, 1);
        little_endian(std::bit_cast<uint64_t>(value));
        return *this;
    }
    /// string and bytes.
    Message& text(uint32_t field, std::string_view value) {
        tag(field, 2);
        varint(value.size());
        bytes_ += value;
        return *this;
    }
    Message& message(uint32_t field, const Message& value) { return text(field, value.bytes_); }

    const std::string& bytes() const { return bytes_; }

private:
    void tag(uint32_t field, uint32_t type) { varint(uint64_t{field} << 3 | type); }
    void varint(uint64_t value) {
        for (; value >= 128; value >>= 7) bytes_ += static_cast<char>((value & 127) | 128);
        bytes_ += static_cast<char>(value);
    }
    template <class Unsigned> void little_endian(Unsigned value) {
        for (size_t i = 0; i < sizeof value; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 255);
    }

    std::string bytes_;
};

} // namespace caviar::core
