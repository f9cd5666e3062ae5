#include "host/cli/estimate.h"

#include "host/cpu/cost.h"
#include "host/cpu/peak.h"
#include "host/study/net_memory.h"

#include <algorithm>
#include <vector>

namespace caviar::cli {

CostEstimate estimate_cost(const Resolved& resolved) {
    constexpr int64_t most_sampled = 256;
    constexpr double measure_seconds = 0.15;
    const SweepSettings& settings = resolved.settings;
    const Dataset& data = resolved.prepared.dataset;
    CostEstimate cost;
    cost.trials = settings.sampler.trials;
    if (settings.sampler.name == "grid") {
        const int64_t points = grid_size(settings.space, settings.sampler.points);
        cost.trials = cost.trials > 0 ? std::min(cost.trials, points) : points;
    }
    SamplerOptions random = settings.sampler;
    random.name = "random";
    random.trials = std::min(most_sampled, cost.trials);
    const auto rows = static_cast<double>(data.rows(Part::train));
    std::vector<double> weights;
    double flops = 0;
    for (const Configuration& configuration : make_sampler(settings.space, random)->ask(random.trials)) {
        const Hyperparameters h = settings.space.resolve(configuration, settings.defaults);
        const std::vector<int32_t> widths = study::net_widths(data, h, *settings.loss);
        flops += h.epochs * rows * cpu::training_flops(widths);
        weights.push_back(static_cast<double>(weight_count(widths)));
    }
    std::sort(weights.begin(), weights.end());
    cost.sampled = static_cast<int64_t>(weights.size());
    if (cost.sampled == 0) return cost;
    cost.median_weights = weights[weights.size() / 2];
    cost.most_weights = weights.back();
    cost.flops = flops / static_cast<double>(cost.sampled) * static_cast<double>(cost.trials);
    EngineOptions options = resolved.engine;
    options.name = "cpu";
    const Capabilities c = make_engine(options).engine->capabilities();
    cost.peak = 1e9 * cpu::peak_gflops(c.instruction_set, c.threads, measure_seconds);
    return cost;
}

} // namespace caviar::cli
