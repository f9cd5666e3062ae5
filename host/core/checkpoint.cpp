#include "host/core/checkpoint.h"

#include "caviar/error.h"

namespace caviar {
namespace {

constexpr char mark[8] = {'c', 'a', 'v', 'i', 'a', 'r', 'c', '1'}; // the last is the version

/// FNV-1a, 64 bits (Fowler, Noll and Vo).
uint64_t checksum(std::span<const std::byte> bytes) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (std::byte b : bytes) hash = (hash ^ static_cast<uint64_t>(b)) * 0x100000001b3u;
    return hash;
}

} // namespace

CheckpointWriter::CheckpointWriter() { append(mark, sizeof mark); }

void CheckpointWriter::append(const void* bytes, size_t size) {
    const auto* from = static_cast<const std::byte*>(bytes);
    bytes_.insert(bytes_.end(), from, from + size);
}

std::vector<std::byte> CheckpointWriter::finish() {
    number(checksum(bytes_));
    return std::move(bytes_);
}

CheckpointReader::CheckpointReader(std::span<const std::byte> bytes) : rest_(bytes) {
    uint64_t written;
    if (bytes.size() < sizeof mark + sizeof written || std::memcmp(bytes.data(), mark, sizeof mark) != 0)
        fail("it does not begin like one of this version");
    rest_ = bytes.first(bytes.size() - sizeof written);
    std::memcpy(&written, bytes.data() + rest_.size(), sizeof written);
    if (checksum(rest_) != written) fail("its checksum is wrong, so it is damaged or cut short");
    rest_ = rest_.subspan(sizeof mark);
}

void CheckpointReader::take(void* to, size_t size) {
    if (size > rest_.size()) fail("it is cut short");
    std::memcpy(to, rest_.data(), size);
    rest_ = rest_.subspan(size);
}

void CheckpointReader::end() const {
    if (!rest_.empty()) fail("it goes on after its end");
}

void CheckpointReader::fail(const std::string& why) const { throw DataError("checkpoint of a trial: " + why); }

} // namespace caviar
