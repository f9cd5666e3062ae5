#include "cuda/step_cost.h"

#include "caviar/mlp/optimizer.h"

#include <algorithm>
#include <cmath>

namespace caviar::cuda {
namespace {

/// An H200's, in clocks of its SMs.
constexpr double clock_hz = 1.98e9, sms = 132, flops_a_clock = 256, sm_bytes_a_clock = 64, device_bytes_a_clock = 2000;
/// A kernel of a graph on its way, and the library's share of the fp32 units it occupies: a tile of C each, `tile` x `tile`.
constexpr double launch_seconds = 2e-6, library_share = 0.5, tile = 64;

/// Clocks of one product spread over the device.
double spread(double rows, double columns, double depth) {
    const auto tiles = [](double n) { return std::ceil(n / tile); };
    return 2 * rows * columns * depth / (flops_a_clock * library_share * std::min(sms, tiles(rows) * tiles(columns)));
}

} // namespace

StepSeconds predict_step(const Hyperparameters& h, std::span<const int32_t> widths, int32_t batch) {
    const double rows = batch;
    const mlp::StateUse use = mlp::state_use(h.optimizer);
    const int states = int{use.first} + int{use.second};
    double flops = 0, weights = 0, products = 0;
    for (size_t l = 0; l + 1 < widths.size(); ++l) {
        const double in = widths[l], out = widths[l + 1];
        flops += 2 * rows * in * out * (l > 0 ? 3 : 2);
        weights += in * out;
        products += spread(rows, out, in) + spread(in, out, rows) + (l > 0 ? spread(rows, in, out) : 0);
    }
    // Weights are read on both ways, then read and written with their state; the grouped tier writes and reads their gradient too.
    const double streamed_bytes = 4 * weights * (4 + 2 * states), grouped_bytes = streamed_bytes + 8 * weights;
    const double launches = 5 * static_cast<double>(widths.size() - 1) + 1; // see series.cpp
    return {std::max(flops / flops_a_clock, streamed_bytes / sm_bytes_a_clock) / clock_hz,
            launches * launch_seconds + std::max(products, grouped_bytes / device_bytes_a_clock) / clock_hz};
}

} // namespace caviar::cuda
