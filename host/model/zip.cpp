#include "host/model/zip.h"

#include "caviar/error.h"
#include "host/model/little_endian.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include <zlib.h>

namespace caviar::model {
namespace {

constexpr uint32_t local_signature = 0x04034b50, central_signature = 0x02014b50, end_signature = 0x06054b50;
constexpr size_t local_size = 30, central_size = 46, end_size = 22; ///< fixed parts of the three records
constexpr uint16_t stored = 0, deflated = 8;
constexpr uint16_t version = 20;         ///< 2.0: folders and deflate
constexpr uint16_t first_of_1980 = 0x21; ///< year 1980 + 0, month 1, day 1: the earliest date there is
constexpr uint16_t encrypted = 1;

/// An entry of the central directory.
struct Member {
    std::string name;
    uint16_t flags = 0, method = 0;
    uint32_t crc = 0, packed = 0, size = 0;
    uint32_t header = 0; ///< position of its local record
    size_t begin = 0;    ///< position of its bytes
};

uint32_t crc_of(std::string_view bytes) {
    uLong crc = crc32(0, nullptr, 0);
    while (!bytes.empty()) { // zlib counts in 32 bits
        const size_t n = std::min<size_t>(bytes.size(), 1u << 30);
        crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(n));
        bytes.remove_prefix(n);
    }
    return static_cast<uint32_t>(crc);
}

/// The fields that local and central records share, in their order.
void append_common(std::string& bytes, const std::string& name, std::string_view content) {
    append(bytes, version);
    append(bytes, uint16_t{0}); // flags
    append(bytes, stored);
    append(bytes, uint16_t{0}); // time
    append(bytes, first_of_1980);
    append(bytes, crc_of(content));
    append(bytes, static_cast<uint32_t>(content.size()));
    append(bytes, static_cast<uint32_t>(content.size()));
    append(bytes, static_cast<uint16_t>(name.size()));
    append(bytes, uint16_t{0}); // extra field
}

/// The end record is the last thing in the archive but for a comment of up to 65,535 bytes.
size_t find_end(std::string_view bytes, const std::string& file) {
    for (size_t back = end_size; back <= std::min(bytes.size(), end_size + 0xFFFF); ++back) {
        const size_t at = bytes.size() - back;
        if (load<uint32_t>(bytes, at) == end_signature && load<uint16_t>(bytes, at + 20) == back - end_size) return at;
    }
    throw DataError(file + ": has no end of a zip archive; the file may be cut short");
}

std::vector<Member> read_directory(std::string_view bytes, const std::string& file) {
    const size_t end = find_end(bytes, file);
    const auto count = load<uint16_t>(bytes, end + 10);
    const auto length = load<uint32_t>(bytes, end + 12), begin = load<uint32_t>(bytes, end + 16);
    if (load<uint16_t>(bytes, end + 4) != 0 || load<uint16_t>(bytes, end + 6) != 0 || load<uint16_t>(bytes, end + 8) != count)
        throw DataError(file + ": is one part of a divided zip archive");
    if (uint64_t{begin} + length > end || length < count * central_size) throw DataError(file + ": the zip archive's directory is outside the file");
    std::vector<Member> members;
    size_t at = begin;
    for (int i = 0; i < count; ++i) {
        if (at + central_size > end || load<uint32_t>(bytes, at) != central_signature) throw DataError(file + ": the zip archive's directory is damaged");
        const size_t name = load<uint16_t>(bytes, at + 28), extra = load<uint16_t>(bytes, at + 30), comment = load<uint16_t>(bytes, at + 32);
        if (at + central_size + name + extra + comment > end) throw DataError(file + ": the zip archive's directory is damaged");
        Member m;
        m.name = bytes.substr(at + central_size, name);
        m.flags = load<uint16_t>(bytes, at + 8);
        m.method = load<uint16_t>(bytes, at + 10);
        m.crc = load<uint32_t>(bytes, at + 16);
        m.packed = load<uint32_t>(bytes, at + 20);
        m.size = load<uint32_t>(bytes, at + 24);
        m.header = load<uint32_t>(bytes, at + 42);
        // The bytes' place follows from the local record, whose name and extra field have lengths of their own.
        if (uint64_t{m.header} + local_size > begin || load<uint32_t>(bytes, m.header) != local_signature)
            throw DataError(file + ": member \"" + m.name + "\" is not where the directory says");
        m.begin = m.header + local_size + load<uint16_t>(bytes, m.header + 26) + load<uint16_t>(bytes, m.header + 28);
        if (m.begin + m.packed > begin) throw DataError(file + ": member \"" + m.name + "\" reaches beyond the archive's members");
        members.push_back(std::move(m));
        at += central_size + name + extra + comment;
    }
    return members;
}

/// Members that share bytes are how a small archive unpacks to terabytes.
void check_overlap(std::vector<Member> members, const std::string& file) {
    std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.header < b.header; });
    for (size_t i = 1; i < members.size(); ++i)
        if (members[i].header < members[i - 1].begin + members[i - 1].packed)
            throw DataError(file + ": members \"" + members[i - 1].name + "\" and \"" + members[i].name + "\" overlap");
}

std::string inflate_member(std::string_view packed, size_t size, const std::string& where) {
    std::string bytes(size, '\0');
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw RuntimeFailure("zlib could not be started");
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_out = static_cast<uInt>(size);
    const int result = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    if (result != Z_STREAM_END || stream.avail_out != 0 || stream.avail_in != 0) throw DataError(where + " cannot be unpacked: it is damaged");
    return bytes;
}

} // namespace

std::string write_zip(const std::vector<std::pair<std::string, std::string>>& members) {
    uint64_t total = end_size;
    for (const auto& [name, content] : members) total += local_size + central_size + 2 * name.size() + content.size();
    if (total >= std::numeric_limits<uint32_t>::max() || members.size() >= std::numeric_limits<uint16_t>::max())
        throw UsageError("the model is too large for .npz (4 GiB); use .safetensors");
    std::string bytes, directory;
    for (const auto& [name, content] : members) {
        const auto header = static_cast<uint32_t>(bytes.size());
        append(bytes, local_signature);
        append_common(bytes, name, content);
        bytes += name;
        bytes += content;
        append(directory, central_signature);
        append(directory, version); // made by
        append_common(directory, name, content);
        append(directory, uint16_t{0}); // comment
        append(directory, uint16_t{0}); // disk
        append(directory, uint16_t{0}); // internal attributes
        append(directory, uint32_t{0}); // external attributes
        append(directory, header);
        directory += name;
    }
    const auto begin = static_cast<uint32_t>(bytes.size());
    const auto count = static_cast<uint16_t>(members.size());
    bytes += directory;
    append(bytes, end_signature);
    append(bytes, uint16_t{0}); // this disk
    append(bytes, uint16_t{0}); // the directory's disk
    append(bytes, count);       // entries on this disk
    append(bytes, count);
    append(bytes, static_cast<uint32_t>(directory.size()));
    append(bytes, begin);
    append(bytes, uint16_t{0}); // comment
    return bytes;
}

std::map<std::string, std::string> read_zip(std::string_view bytes, const std::string& file) {
    const std::vector<Member> members = read_directory(bytes, file);
    check_overlap(members, file);
    const uint64_t limit = (uint64_t{64} << 20) + 32 * uint64_t{bytes.size()};
    uint64_t total = 0;
    std::map<std::string, std::string> result;
    for (const Member& m : members) {
        const std::string where = file + ": member \"" + m.name + "\"";
        total += m.size;
        if (total > limit) throw DataError(where + " would unpack to more than a file of this size may hold");
        if (m.flags & encrypted) throw DataError(where + " is encrypted");
        const std::string_view packed = bytes.substr(m.begin, m.packed);
        std::string content;
        if (m.method == stored && m.packed == m.size) content = packed;
        else if (m.method == deflated && m.size / 1032 <= m.packed) content = inflate_member(packed, m.size, where); // deflate shrinks 1032:1 at best
        else throw DataError(where + " is neither stored nor deflated, or has an impossible size");
        if (crc_of(content) != m.crc) throw DataError(where + " is damaged: its checksum is wrong");
        if (!result.emplace(m.name, std::move(content)).second) throw DataError(where + " is there twice");
    }
    return result;
}

} // namespace caviar::model
