#include "host/exchange/event_file.h"

#include "caviar/error.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>

namespace caviar::exchange {

namespace {

using core::Message;

constexpr std::array<uint32_t, 256> remainders = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t byte = 0; byte < 256; ++byte) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0u); // the polynomial 0x1edc6f41, its bits in reverse
        table[byte] = crc;
    }
    return table;
}();

template <class Unsigned> std::string little_endian(Unsigned value) {
    std::string bytes;
    for (size_t i = 0; i < sizeof value; ++i) bytes += static_cast<char>(value >> (8 * i) & 255);
    return bytes;
}

/// A checksum of bytes that hold checksums is weak, so a frame's are masked.
std::string masked(std::string_view bytes) {
    const uint32_t crc = crc32c(bytes);
    return little_endian((crc >> 15 | crc << 17) + 0xa282ead8u);
}

enum EventField : uint32_t { wall_time = 1, step_field = 2, file_version = 3, summary = 5 };

std::string file_name(double time) {
    char name[64];
    std::snprintf(name, sizeof name, "/events.out.tfevents.%010lld.caviar", static_cast<long long>(time));
    return name;
}

} // namespace

uint32_t crc32c(std::string_view bytes) {
    uint32_t crc = ~0u;
    for (const char c : bytes) crc = crc >> 8 ^ remainders[(crc ^ static_cast<unsigned char>(c)) & 255];
    return ~crc;
}

EventFile::EventFile(const std::string& folder, double time) : path_(folder + file_name(time)) {
    std::error_code told_by_open;
    std::filesystem::create_directories(folder, told_by_open);
    out_.open(path_, std::ios::binary);
    event(time, 0, file_version, "brain.Event:2");
}

void EventFile::scalar(double time, int64_t step, std::string_view tag, float value) {
    event(time, step, summary, Message().message(1, Message().text(1, tag).fixed(2, value)).bytes());
}

void EventFile::hyperparameters(double time, std::string_view tag, const Message& data) {
    const auto plugin = Message().text(1, "hparams").text(2, data.bytes());
    // The plugin reads the metadata alone; the value is a tensor of shape [0] and type DT_FLOAT.
    const auto nothing = Message().number(1, 1).message(2, Message().message(2, Message()));
    event(time, 0, summary, Message().message(1, Message().text(1, tag).message(9, Message().message(1, plugin)).message(8, nothing)).bytes());
}

void EventFile::event(double time, int64_t step, uint32_t field, std::string_view content) {
    Message event;
    event.fixed(wall_time, time);
    if (step != 0) event.number(step_field, step);
    event.text(field, content);
    const std::string length = little_endian(uint64_t{event.bytes().size()});
    out_ << length << masked(length) << event.bytes() << masked(event.bytes());
    require();
}

void EventFile::close() {
    out_.close();
    require();
}

void EventFile::require() const {
    if (!out_) throw RuntimeFailure(path_ + ": cannot be written; check that its folder is there and can be written, and the disk's space");
}

} // namespace caviar::exchange
