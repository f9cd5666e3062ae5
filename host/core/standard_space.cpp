#include "caviar/space.h"

#include <algorithm>
#include <bit>

namespace caviar {
namespace {

int64_t power_of_two_below(int64_t n) { return static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(std::max<int64_t>(n, 1)))); }

} // namespace

/// Wide enough for what tables need, narrow enough for a few hundred trials; the reasons stand beside each line. A search
/// that ends on an edge says so and names the wider box.
SearchSpace SearchSpace::standard(int64_t train_rows, int64_t inputs, bool regression) {
    SearchSpace space;
    const auto vary = [&](const char* name, const char* text) { space.vary(name, parse_distribution(text)); };
    const auto between = [&](const char* name, DistributionKind kind, int64_t low, int64_t high) {
        space.vary(name, Distribution{kind, static_cast<double>(low), static_cast<double>(high), {}});
    };

    // One range serves the adaptive optimizers (best near 1e-3 to 1e-2) and nesterov (best near 1e-2 to 1e-1).
    vary("learning_rate", "log(0.0003,0.1)");
    vary("optimizer", "choice(adam,adamw,nesterov)");
    vary("momentum", "beta(0.8,0.98)");
    // Wide inputs need room in the first layer; few rows do not fill it.
    between("units", DistributionKind::logint, inputs >= 200 ? 32 : 16, train_rows < 200 ? 64 : 256);
    // At least eight steps an epoch, so that the learning rate has something to act on; large tables can afford larger batches.
    const int64_t most = std::min(power_of_two_below(train_rows / 8), train_rows >= 10'000 ? int64_t{512} : int64_t{256});
    between("batch_size", DistributionKind::pow2, std::min<int64_t>(most, train_rows >= 10'000 ? 64 : train_rows >= 5'000 ? 32 : 16), most);
    // Depth wants rows, too: with few of them the deepest nets win on the validation part by luck.
    vary("layers", train_rows < 2'000 ? "int(1,2)" : "int(1,3)");
    // Schedules that end low: a constant rate's curve is noisy, and the best epoch of a noisy curve is a lucky one.
    vary("schedule", "choice(cosine,one_cycle)");
    vary("activation", "choice(relu,gelu,silu,tanh)");
    vary("weight_decay", "log(1e-06,0.01)");
    // Dropping units biases the scale of a value more than the order of classes.
    vary("dropout", regression ? "uniform(0,0.2)" : "uniform(0,0.4)");
    return space;
}

} // namespace caviar
