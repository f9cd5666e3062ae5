#include "host/study/net_memory.h"

#include "caviar/engine.h"
#include "caviar/error.h"
#include "host/data/memory.h"

#include <algorithm>
#include <string>

namespace caviar::study {

std::vector<int32_t> net_widths(const Dataset& data, const Hyperparameters& h, Loss loss) {
    std::vector<int32_t> widths{data.inputs(h)};
    widths.insert(widths.end(), h.hidden.begin(), h.hidden.end());
    widths.push_back(data.outputs(loss));
    return widths;
}

int64_t training_bytes(std::span<const int32_t> widths, Optimizer optimizer) {
    const int64_t state = optimizer == Optimizer::sgd ? 0 : optimizer == Optimizer::adam || optimizer == Optimizer::adamw ? 2 : 1;
    // Weights and the optimizer's state, both again to undo half an epoch when a stop is asked for, and the best weights so far.
    return int64_t{sizeof(float)} * weight_count(widths) * (2 * (1 + state) + 1);
}

size_t admitted_together(std::span<const Trial> trials, const Dataset& data, Loss loss) {
    constexpr size_t most = 4096;
    constexpr int64_t most_weights = int64_t{1} << 25;
    size_t count = 0;
    int64_t weights = 0;
    for (; count < std::min(trials.size(), most); ++count) {
        weights += weight_count(net_widths(data, trials[count].hyperparameters, loss));
        if (count > 0 && weights > most_weights) break;
    }
    return count;
}

void require_memory(std::span<const Trial> trials, const Dataset& dataset, Loss loss, int64_t free) {
    for (const Trial& trial : trials) {
        const Hyperparameters& h = trial.hyperparameters;
        const std::vector<int32_t> widths = net_widths(dataset, h, loss);
        const int64_t bytes = training_bytes(widths, h.optimizer);
        if (bytes <= free) continue;
        std::string net;
        for (const int32_t width : widths) net += (net.empty() ? "" : "-") + std::to_string(width);
        throw DeviceError("trial " + std::to_string(trial.id) + ": its network " + net + " takes " + data::gigabytes(static_cast<double>(bytes)) + " while it trains with " +
                          to_string(h.optimizer) + ", and " + data::gigabytes(static_cast<double>(free)) +
                          " are free; let units and layers be smaller, or use a machine with more memory");
    }
}

} // namespace caviar::study
