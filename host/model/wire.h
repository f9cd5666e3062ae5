#pragma once
/// Protocol Buffers' wire format, as much of it as ONNX needs (https://protobuf.dev/programming-guides/encoding).

#include "host/model/little_endian.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace caviar::model {

/// The bytes of one message, field by field.
class Message {
public:
    Message& number(uint32_t field, int64_t value) { // int32, int64, enum
        tag(field, 0);
        varint(static_cast<uint64_t>(value));
        return *this;
    }
    Message& fixed(uint32_t field, float value) {
        tag(field, 5);
        append(bytes_, value);
        return *this;
    }
    Message& text(uint32_t field, std::string_view value) { // string, bytes
        tag(field, 2);
        varint(value.size());
        bytes_ += value;
        return *this;
    }
    Message& message(uint32_t field, const Message& value) { return text(field, value.bytes_); }
    const std::string& bytes() const { return bytes_; }

private:
    void tag(uint32_t field, uint32_t type) { varint(field << 3 | type); }
    void varint(uint64_t value) {
        for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
        bytes_ += static_cast<char>(value);
    }

    std::string bytes_;
};

} // namespace caviar::model
