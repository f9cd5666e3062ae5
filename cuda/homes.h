#pragma once
/// Device memory for the nets of trials, dealt out first fit from a few large pieces: asking the device itself for each of thousands
/// would take longer than training them.

#include "cuda/device.h"

#include <list>
#include <map>

namespace caviar::cuda {

class Homes {
public:
    explicit Homes(std::shared_ptr<Device> device) : device_(std::move(device)) {}

    /// So much of the device's memory is left to others.
    void keep_back(int64_t bytes) { kept_back_ = bytes; }

    /// A place for so many floats, a multiple of 256 bytes; nullptr where the device has no room for them.
    float* take(int64_t floats);
    /// `floats` as it was taken.
    void give_back(float* place, int64_t floats) noexcept;
    /// Hands pieces that nobody lives in back to the device.
    void trim() noexcept;
    /// The most that `take` could ever find room for.
    int64_t room();

private:
    struct Piece {
        DeviceArray<float> memory;
        std::map<int64_t, int64_t> free; ///< offset and floats; no two touch
    };

    float* take_from(Piece&, int64_t floats);
    bool grow(int64_t floats);
    int64_t spare_floats();

    std::shared_ptr<Device> device_;
    std::list<Piece> pieces_;
    int64_t kept_back_ = 0;
};

} // namespace caviar::cuda
