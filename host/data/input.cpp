#include "host/data/input.h"

#include "caviar/error.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>

namespace caviar::data {
namespace {

struct CloseFile {
    void operator()(std::FILE* file) const {
        if (file != stdin) std::fclose(file);
    }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

size_t read_file(std::FILE* file, char* to, size_t count, const std::string& name) {
    const size_t got = std::fread(to, 1, count, file);
    if (got < count && std::ferror(file)) throw DataError(name, 0, 0, std::string("cannot be read: ") + std::strerror(errno));
    return got;
}

class FileBytes final : public RawBytes {
public:
    FileBytes(File file, std::string name, int64_t size) : file_(std::move(file)), name_(std::move(name)), size_(size) {}
    size_t read(char* to, size_t count) override { return read_file(file_.get(), to, count, name_); }
    void rewind() override { std::rewind(file_.get()); }
    int64_t size() const override { return size_; }

private:
    File file_;
    std::string name_;
    int64_t size_;
};

class MemoryBytes final : public RawBytes {
public:
    explicit MemoryBytes(std::string bytes) : bytes_(std::move(bytes)) {}
    size_t read(char* to, size_t count) override {
        count = std::min(count, bytes_.size() - at_);
        std::memcpy(to, bytes_.data() + at_, count);
        at_ += count;
        return count;
    }
    void rewind() override { at_ = 0; }
    int64_t size() const override { return static_cast<int64_t>(bytes_.size()); }

private:
    std::string bytes_;
    size_t at_ = 0;
};

std::string slurp(std::FILE* file, const std::string& name, int64_t max_bytes) {
    std::string bytes;
    std::array<char, 1 << 16> block;
    while (const size_t got = read_file(file, block.data(), block.size(), name)) {
        if (static_cast<int64_t>(bytes.size() + got) > max_bytes)
            throw DataError(name, 0, 0, "is larger than the limit of " + std::to_string(max_bytes) + " bytes");
        bytes.append(block.data(), got);
    }
    return bytes;
}

} // namespace

/// zlib's state and its block of packed bytes. A gzip file may be several members one after the other (RFC 1952, section 2.2).
struct Input::Inflater {
    z_stream stream{};
    std::array<char, 1 << 16> block;
    bool member_done = false; ///< the last member ended; another may follow

    Inflater() {
        if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) throw RuntimeFailure("zlib: no memory to unpack with");
    }
    ~Inflater() { inflateEnd(&stream); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    void restart() {
        inflateReset(&stream);
        stream.avail_in = 0;
        member_done = false;
    }

    size_t read(RawBytes& raw, char* to, size_t count, const std::string& name) {
        stream.next_out = reinterpret_cast<Bytef*>(to);
        stream.avail_out = static_cast<uInt>(std::min<size_t>(count, 1u << 30));
        const size_t wanted = stream.avail_out;
        while (stream.avail_out > 0) {
            if (stream.avail_in == 0) {
                stream.avail_in = static_cast<uInt>(raw.read(block.data(), block.size()));
                stream.next_in = reinterpret_cast<Bytef*>(block.data());
                if (stream.avail_in == 0) {
                    if (member_done) break;
                    throw DataError(name, 0, 0, "the gzip data ends too early; is the file complete?");
                }
            }
            if (member_done) {
                inflateReset(&stream);
                member_done = false;
            }
            const int status = inflate(&stream, Z_NO_FLUSH);
            if (status == Z_STREAM_END) member_done = true;
            else if (status != Z_OK)
                throw DataError(name, 0, 0, std::string("the gzip data is damaged: ") + (stream.msg ? stream.msg : "unknown reason"));
        }
        return wanted - stream.avail_out;
    }
};

Input::Input(std::unique_ptr<RawBytes> raw, std::string name, int64_t max_bytes)
    : name_(std::move(name)), max_bytes_(max_bytes), raw_(std::move(raw)) {
    unsigned char magic[2] = {};
    const size_t got = raw_->read(reinterpret_cast<char*>(magic), 2);
    raw_->rewind();
    if (got == 2 && magic[0] == 0x1f && magic[1] == 0x8b) packed_ = std::make_unique<Inflater>();
}

Input::Input(std::string bytes, std::string name, int64_t max_bytes)
    : Input(std::make_unique<MemoryBytes>(std::move(bytes)), std::move(name), max_bytes) {}

Input::~Input() = default;
Input::Input(Input&&) noexcept = default;

Input Input::open(const std::string& path, int64_t max_bytes, int64_t max_memory) {
    // A pipe may have no end. What it holds lies in memory beside the table made of it, and doubles as it grows.
    const int64_t most = std::min(max_bytes, max_memory / 2);
    if (path == "-") return Input(slurp(stdin, "standard input", most), "standard input", max_bytes);
    File file(std::fopen(path.c_str(), "rb"));
    struct stat about {};
    if (!file || fstat(fileno(file.get()), &about) != 0) throw DataError(path, 0, 0, std::string("cannot be opened: ") + std::strerror(errno));
    if (S_ISDIR(about.st_mode)) throw DataError(path, 0, 0, "is a folder, not a file");
    if (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode)) throw DataError(path, 0, 0, "is a device, not a file");
    if (!S_ISREG(about.st_mode)) return Input(slurp(file.get(), path, most), path, max_bytes);
    return Input(std::make_unique<FileBytes>(std::move(file), path, about.st_size), path, max_bytes);
}

size_t Input::read(char* to, size_t count) {
    size_t got = 0;
    while (got < count) {
        const size_t more = packed_ ? packed_->read(*raw_, to + got, count - got, name_) : raw_->read(to + got, count - got);
        if (more == 0) break;
        got += more;
    }
    done_ += static_cast<int64_t>(got);
    if (done_ > max_bytes_)
        throw DataError(name_, 0, 0, "holds more than the limit of " + std::to_string(max_bytes_) + " bytes" + (packed_ ? " once unpacked" : ""));
    return got;
}

void Input::rewind() {
    raw_->rewind();
    if (packed_) packed_->restart();
    done_ = 0;
}

} // namespace caviar::data
