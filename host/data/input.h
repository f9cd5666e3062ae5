#pragma once
/// A file, standard input or bytes in memory as one stream of unpacked bytes that can be read again from its start.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace caviar::data {

/// Where the packed bytes come from; rewindable.
class RawBytes {
public:
    virtual ~RawBytes() = default;
    virtual size_t read(char* to, size_t count) = 0; ///< 0 only at the end
    virtual void rewind() = 0;
    virtual int64_t size() const = 0;
};

/// Unpacks gzip (known by its first two bytes); refuses more than `max_bytes` of unpacked data.
class Input {
public:
    /// Opens a file, or standard input for "-". What cannot be read twice (a pipe) is kept in memory.
    /// Throws DataError for a folder, a device, and for a pipe that holds more than max_bytes or `max_memory`.
    static Input open(const std::string& path, int64_t max_bytes, int64_t max_memory);
    Input(std::string bytes, std::string name, int64_t max_bytes);
    ~Input();
    Input(Input&&) noexcept;

    /// Fills `to` with up to `count` bytes; fewer only at the end. Throws DataError for a broken file or one too large.
    size_t read(char* to, size_t count);
    void rewind();
    const std::string& name() const { return name_; }
    int64_t position() const { return done_; } ///< unpacked bytes read so far
    /// Unpacked bytes in all, where that is known beforehand; else -1.
    int64_t size() const { return packed_ ? -1 : raw_->size(); }

private:
    struct Inflater;
    Input(std::unique_ptr<RawBytes>, std::string name, int64_t max_bytes);

    std::string name_;
    int64_t max_bytes_, done_ = 0;
    std::unique_ptr<RawBytes> raw_;
    std::unique_ptr<Inflater> packed_; ///< empty for plain bytes
};

} // namespace caviar::data
