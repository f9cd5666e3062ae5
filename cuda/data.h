#pragma once
/// A data set on the device: uploaded once, when a trial first needs it.

#include "caviar/dataset.h"
#include "cuda/device.h"

#include <map>

namespace caviar::cuda {

class DeviceData {
public:
    /// The data set must outlive this.
    DeviceData(std::shared_ptr<Device>, const Dataset&);

    struct Parts {
        DeviceRows train, valid; ///< of another rows' part than these nothing is needed
    };
    /// The rows under this scaling. Throws OutOfDeviceMemory, with the numbers, where they do not fit the device's memory.
    Parts with(Scaling);

    /// Sum of squared distances of the valid targets from their mean, for r2.
    float valid_spread() const { return valid_spread_; }

private:
    struct Features {
        DeviceArray<float> train, valid;
    };

    DeviceArray<float> upload(const Matrix&) const;
    int64_t bytes(const FeatureSet&) const;
    [[noreturn]] void refuse(const FeatureSet&) const;

    std::shared_ptr<Device> device_;
    const Dataset& data_;
    float valid_spread_ = 0;
    DeviceArray<float> train_targets_, valid_targets_;
    std::map<Scaling, Features> features_;
};

/// rows x columns floats, row-major, to rows `stride` apart with zeros between; `to` is in device memory.
void upload_rows(Device&, const float* from, int64_t rows, int32_t columns, int32_t stride, float* to);

} // namespace caviar::cuda
