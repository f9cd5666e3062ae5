#pragma once
/// A checkpoint's bytes: a mark with the version, plain little-endian values, arrays with their length before them, and a
/// checksum at the end. Reading never allocates more than the bytes at hand warrant.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace caviar {

static_assert(std::endian::native == std::endian::little, "checkpoints are written as they lie in memory");

class CheckpointWriter {
public:
    CheckpointWriter();
    template <class T> void number(T value) { append(&value, sizeof value); }
    template <class T> void numbers(const std::vector<T>& values) {
        number(static_cast<uint64_t>(values.size()));
        if (!values.empty()) append(values.data(), values.size() * sizeof(T));
    }
    /// Adds the checksum; nothing may follow.
    std::vector<std::byte> finish();

private:
    void append(const void* bytes, size_t size);
    std::vector<std::byte> bytes_;
};

/// Every member throws DataError where the bytes are not what was written.
class CheckpointReader {
public:
    explicit CheckpointReader(std::span<const std::byte>);
    template <class T> T number() {
        T value;
        take(&value, sizeof value);
        return value;
    }
    template <class T> std::vector<T> numbers() {
        const uint64_t size = number<uint64_t>();
        if (size > rest_.size() / sizeof(T)) fail("it is cut short");
        std::vector<T> values(static_cast<size_t>(size));
        if (size > 0) take(values.data(), values.size() * sizeof(T));
        return values;
    }
    void end() const;
    [[noreturn]] void fail(const std::string& why) const;

private:
    void take(void* to, size_t size);
    std::span<const std::byte> rest_;
};

} // namespace caviar
