#include "cuda/step_cost.h"

#include "caviar/mlp/optimizer.h"
#include "host/core/cost.h"

#include <algorithm>
#include <cmath>

namespace caviar::cuda {
namespace {

/// An SM's, and the device memory's of an H200.
constexpr double flops_a_clock = 256, sm_bytes_a_clock = 64, device_bytes_a_clock = 2000;
constexpr int32_t h200_multiprocessors = 132;
/// A kernel of a graph on its way (2 us at 1.98 GHz), and the library's share of the fp32 units it occupies: a tile of C each, `tile` x `tile`.
constexpr double launch_clocks = 3960, library_share = 0.5, tile = 64;
/// In shared memory: what a step takes however small it is, and each layer of it; the share of the fp32 units that products reach with all
/// that stands beside them. Fitted by eye to what bench/predict.py says of W1 and W4.
constexpr double step_clocks = 2000, layer_clocks = 2500, resident_share = 0.5;

/// Clocks of one product spread over so many SMs.
double spread(double rows, double columns, double depth, double sms) {
    const auto tiles = [](double n) { return std::ceil(n / tile); };
    return 2 * rows * columns * depth / (flops_a_clock * library_share * std::min(sms, tiles(rows) * tiles(columns)));
}

double step_flops(std::span<const int32_t> widths, int32_t batch) { return training_flops(widths) * batch; }

} // namespace

StepClocks predict_step(const Hyperparameters& h, std::span<const int32_t> widths, int32_t batch, int32_t multiprocessors) {
    const double rows = batch, sms = multiprocessors > 0 ? multiprocessors : h200_multiprocessors;
    const mlp::StateUse use = mlp::state_use(h.optimizer);
    const int states = int{use.first} + int{use.second};
    double weights = 0, products = 0;
    for (size_t l = 0; l + 1 < widths.size(); ++l) {
        const double in = widths[l], out = widths[l + 1];
        weights += in * out;
        products += spread(rows, out, in, sms) + spread(in, out, rows, sms) + (l > 0 ? spread(rows, in, out, sms) : 0);
    }
    // Weights are read on both ways, then read and written with their state; the grouped tier writes and reads their gradient too.
    const double streamed_bytes = 4 * weights * (4 + 2 * states), grouped_bytes = streamed_bytes + 8 * weights;
    const double launches = 5 * static_cast<double>(widths.size() - 1) + 1; // see series.cpp
    return {std::max(step_flops(widths, batch) / flops_a_clock, streamed_bytes / sm_bytes_a_clock),
            launches * launch_clocks + std::max(products, grouped_bytes / device_bytes_a_clock)};
}

double predict_resident_step(std::span<const int32_t> widths, int32_t batch, TeamClass team) {
    return step_clocks + layer_clocks * static_cast<double>(widths.size() - 1) +
           team.teams * step_flops(widths, batch) / (flops_a_clock * resident_share);
}

} // namespace caviar::cuda
