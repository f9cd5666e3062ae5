#pragma once
/// TensorBoard's event files: TFRecord frames (tensorflow.org/tutorials/load_data/tfrecord) around messages of event.proto and summary.proto.

#include "host/core/wire.h"

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace caviar::exchange {

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
uint32_t crc32c(std::string_view);

/// One file of one run.
class EventFile {
public:
    /// `folder` is made where it is not there; `time`: of its first event, seconds since 1970, which is also in the file's name.
    EventFile(const std::string& folder, double time);
    void scalar(double time, int64_t step, std::string_view tag, float value);
    /// A summary that only the HParams plugin reads; `data`: HParamsPluginData.
    void hyperparameters(double time, std::string_view tag, const core::Message& data);
    /// Everything is written. Throws RuntimeFailure where the disk is full, as the others do.
    void close();

private:
    void event(double time, int64_t step, uint32_t field, std::string_view content);
    void require() const;

    std::string path_;
    std::ofstream out_;
};

} // namespace caviar::exchange
