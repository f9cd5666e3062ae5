#include "cuda/data.h"

#include "host/core/phase.h"

#include <algorithm>

namespace caviar::cuda {
namespace {

/// Sum of squared distances from the mean, as host/core/metric.cpp has it.
double spread(const std::vector<float>& values) {
    double mean = 0, total = 0;
    for (float v : values) mean += static_cast<double>(v);
    mean /= std::max<double>(1, static_cast<double>(values.size()));
    for (float v : values) total += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean);
    return total;
}

int64_t padded_bytes(const Matrix& m) { return m.rows * data_row_length(m.columns) * static_cast<int64_t>(sizeof(float)); }

} // namespace

void upload_rows(Device& device, const float* from, int64_t rows, int32_t columns, int32_t stride, float* to) {
    if (rows == 0) return;
    if (columns == stride) return device.upload(to, from, rows * stride * static_cast<int64_t>(sizeof(float)));
    const int64_t at_once = std::clamp<int64_t>((int64_t{1} << 22) / stride, 1, rows); // 16 MB: no second copy of the data on the host
    std::vector<float> padded(static_cast<size_t>(at_once * stride));
    for (int64_t first = 0; first < rows; first += at_once) {
        const int64_t count = std::min(at_once, rows - first);
        for (int64_t r = 0; r < count; ++r) std::copy_n(from + (first + r) * columns, columns, padded.data() + r * stride);
        device.upload(to + first * stride, padded.data(), count * stride * static_cast<int64_t>(sizeof(float)));
    }
}

DeviceData::DeviceData(std::shared_ptr<Device> device, const Dataset& data)
    : device_(std::move(device)), data_(data), valid_spread_(static_cast<float>(spread(data.valid_targets))) {}

int64_t DeviceData::bytes(const FeatureSet& f) const {
    const bool first = features_.empty(); // of all: the targets are still to come, too
    return padded_bytes(f.train) + padded_bytes(f.valid) +
           (first ? static_cast<int64_t>((data_.train_targets.size() + data_.valid_targets.size()) * sizeof(float)) : 0);
}

void DeviceData::refuse(const FeatureSet& f) const {
    throw OutOfDeviceMemory("the data " + data_.name + " take " + gigabytes(bytes(f)) + " on the device (" +
                            std::to_string(f.train.rows + f.valid.rows) + " rows of " + std::to_string(f.train.columns) +
                            " features under scaling " + to_string(f.scaling) + "), and " + gigabytes(device_->free_bytes()) + " of " +
                            gigabytes(device_->kind().memory_bytes) + " are free on " + device_->kind().name +
                            "; use fewer rows or features, or --engine cpu");
}

DeviceArray<float> DeviceData::upload(const Matrix& m) const {
    const int32_t stride = data_row_length(m.columns);
    DeviceArray<float> rows(device_, m.rows * stride);
    upload_rows(*device_, m.values.data(), m.rows, m.columns, stride, rows.data());
    return rows;
}

DeviceData::Parts DeviceData::with(Scaling scaling) {
    const FeatureSet& f = data_.with(scaling);
    auto found = features_.find(scaling);
    if (found == features_.end()) {
        const Phase phase("load");
        if (bytes(f) > device_->free_bytes()) refuse(f);
        try {
            Features fresh{upload(f.train), upload(f.valid)};
            const auto targets = [&](DeviceArray<float>& there, const std::vector<float>& here) {
                if (there.data()) return;
                there = DeviceArray<float>(device_, static_cast<int64_t>(here.size()));
                there.upload(here);
            };
            targets(train_targets_, data_.train_targets);
            targets(valid_targets_, data_.valid_targets);
            found = features_.emplace(scaling, std::move(fresh)).first;
        } catch (const OutOfDeviceMemory&) {
            refuse(f);
        }
    }
    const Features& there = found->second;
    return {{there.train.data(), train_targets_.data(), f.train.rows, data_row_length(f.train.columns)},
            {there.valid.data(), valid_targets_.data(), f.valid.rows, data_row_length(f.valid.columns)}};
}

} // namespace caviar::cuda
