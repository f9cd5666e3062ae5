#include "cuda/engine.h"

#include "cuda/population.h"
#include "host/core/padding.h"
#include "host/core/population_rules.h"

#include <algorithm>

namespace caviar::cuda {
namespace {

using namespace std::chrono_literals;

/// Rows that a block predicts at a time, and floats of features and outputs that lie on the device at once.
constexpr int32_t prediction_rows = 128;
constexpr int64_t prediction_floats = int64_t{1} << 26;

constexpr std::pair<const char*, Precision> precisions[] = {
    {"fp32", Precision::fp32}, {"tf32", Precision::tf32}, {"tf32x3", Precision::tf32x3}, {"bf16", Precision::bf16}};

const char* name_of(Precision precision) {
    for (const auto& [name, value] : precisions)
        if (value == precision) return name;
    return "?";
}

class CudaEngine final : public Engine {
public:
    CudaEngine(std::shared_ptr<Device> device, const EngineSettings& settings) : device_(std::move(device)), settings_(settings) {}

    Capabilities capabilities() const override {
        const DeviceKind& kind = device_->kind();
        // All that bits hang on: studies keep it as the build's name.
        std::string set = "sm_" + std::to_string(kind.major * 10 + kind.minor) + "x" + std::to_string(kind.multiprocessors);
        if (!kind.product_library.empty()) set += " " + kind.product_library;
        if (settings_.precision != Precision::fp32) set += std::string(" ") + name_of(settings_.precision);
        if (settings_.tier != Tier::automatic) set += " " + to_string(settings_.tier);
        return {"cuda", describe(kind), set, kind.multiprocessors};
    }

    std::unique_ptr<Population> populate(const Dataset& data, const PopulationOptions& options) override {
        check_fit(data, options);
        return std::make_unique<CudaPopulation>(device_, data, options, settings_);
    }

    std::vector<float> forward(const Weights& weights, Activation activation, const Matrix& matrix) override {
        check_net(weights, matrix);
        Prediction p{};
        p.layers = static_cast<int32_t>(weights.widths.size()) - 1;
        if (p.layers > max_layers + 1)
            throw UsageError("a net of " + std::to_string(p.layers - 1) + " hidden layers: the CUDA engine takes " + std::to_string(max_layers) +
                             "; use --engine cpu");
        const mlp::Sizes sizes = mlp::lay_out(weights.widths.data(), p.layers, row_length, p.layer);
        p.input_ld = sizes.input_ld;
        p.activation = activation;
        p.workspace = mlp::lay_out_workspace(p.layer, p.layers, sizes, prediction_rows, false, false);
        p.stride = data_row_length(matrix.columns);

        std::vector<float> padded(static_cast<size_t>(sizes.parameters));
        pad({p.layer, static_cast<size_t>(p.layers)}, weights.values.data(), padded.data());
        DeviceArray<float> parameters(device_, sizes.parameters);
        parameters.upload(padded);
        p.parameters = parameters.data();

        const int64_t width = weights.widths.back();
        std::vector<float> outputs(static_cast<size_t>(matrix.rows * width));
        const int64_t at_once = std::min(matrix.rows, std::max<int64_t>(prediction_rows, prediction_floats / (p.stride + width)));
        const auto blocks = static_cast<int32_t>(
            std::min<int64_t>(device_->kind().multiprocessors, (at_once + prediction_rows - 1) / prediction_rows));
        DeviceArray<float> features(device_, at_once * p.stride), answers(device_, at_once * width), scratch(device_, blocks * p.workspace.size);
        p.features = features.data();
        p.outputs = answers.data();
        p.scratch = scratch.data();
        for (int64_t first = 0; first < matrix.rows; first += at_once) {
            p.rows = std::min(at_once, matrix.rows - first);
            upload_rows(*device_, matrix.row(first), p.rows, matrix.columns, static_cast<int32_t>(p.stride), features.data());
            device_->start(p, blocks);
            while (!device_->wait(1s)) {}
            answers.download({outputs.data() + first * width, static_cast<size_t>(p.rows * width)});
        }
        return outputs;
    }

    PeakRate peak() const override {
        if (settings_.precision != Precision::fp32)
            return {0, std::string("the matrix units' rate in ") + name_of(settings_.precision) +
                           " differs between products of one compute capability, and no driver tells it"};
        return theoretical_peak(device_->kind());
    }

private:
    std::shared_ptr<Device> device_;
    EngineSettings settings_;
};

} // namespace

EngineSettings settings_from(const EngineOptions& options) {
    for (const auto& [name, precision] : precisions)
        if (options.precision == name) return {tier_from(options.tier), precision, options.profile_rung};
    throw UsageError("precision '" + options.precision + "' is unknown; allowed are fp32, tf32, tf32x3, bf16");
}

std::unique_ptr<Engine> make_cuda_engine(std::shared_ptr<Device> device, const EngineSettings& settings) {
    const DeviceKind& kind = device->kind();
    require_usable(kind);
    if (settings.precision != Precision::fp32 && kind.major < 8)
        throw DeviceError(kind.name + " has no matrix units for tf32 and bf16 (they came with compute capability 8.0); use --precision fp32");
    return std::make_unique<CudaEngine>(std::move(device), settings);
}

} // namespace caviar::cuda
