#include "host/cli/calibrate.h"

#include "host/core/cost.h"
#include "host/study/net_memory.h"

#include <algorithm>
#include <chrono>

namespace caviar::cli {

namespace {

constexpr double enough_seconds = 0.3, most_seconds = 1;
constexpr double first_flops = 1e9; // some hundredths of a second
constexpr int64_t first_trials = 16, mixed_trials = 64;
constexpr int64_t least_rows = 512; // a few batches: with less a wide net does little but begin and step

struct Load {
    int64_t trials = 0, rows = 0;
    int32_t epochs = 1;
};

/// The first rows of the training part, and as large a share of the validation part.
Dataset shortened(const Dataset& data, int64_t rows) {
    const auto cut = [](const Matrix& m, int64_t n) { return Matrix{n, m.columns, {m.values.begin(), m.values.begin() + n * m.columns}}; };
    const int64_t all = data.rows(Part::train), valid = std::max<int64_t>(1, data.rows(Part::valid) * rows / all);
    Dataset part;
    part.name = data.name;
    part.task = data.task;
    part.classes = data.classes;
    part.target_mean = data.target_mean;
    part.target_scale = data.target_scale;
    for (const FeatureSet& set : data.features)
        part.features.push_back({set.scaling, cut(set.train, rows), cut(set.valid, std::min(valid, set.valid.rows)), cut(set.test, 0), set.cumulative_variance});
    part.train_targets.assign(data.train_targets.begin(), data.train_targets.begin() + rows);
    part.valid_targets.assign(data.valid_targets.begin(), data.valid_targets.begin() + std::min(valid, data.rows(Part::valid)));
    part.fingerprint = data.fingerprint;
    return part;
}

Calibration measure(Engine& engine, const Dataset& data, std::span<const Trial> trials, const PopulationOptions& options, const Load& load) {
    std::vector<Trial> some;
    std::vector<TrialId> ids;
    const auto all = static_cast<int64_t>(trials.size());
    for (int64_t k = 0; k < load.trials; ++k) {
        some.push_back(trials[static_cast<size_t>((2 * k + 1) * all / (2 * load.trials))]);
        ids.push_back(some.back().id);
    }
    const bool whole = load.rows == data.rows(Part::train);
    const Dataset part = whole ? Dataset{} : shortened(data, load.rows);
    const auto population = engine.populate(whole ? data : part, options);
    population->admit(some);
    const auto begin = std::chrono::steady_clock::now();
    population->train(load.epochs, ids);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    Calibration result{load.trials, load.rows, load.epochs, 0, 0};
    for (const TierStatistics& tier : population->statistics()) {
        result.flops += tier.flops;
        result.seconds += tier.busy_seconds;
    }
    if (result.seconds == 0) result.seconds = wall.count(); // an engine that does not know
    return result;
}

} // namespace

Calibration calibrate(Engine& engine, const Dataset& data, std::span<const Trial> trials, const PopulationOptions& options) {
    const int64_t all_rows = data.rows(Part::train);
    Load load{std::min<int64_t>(first_trials, static_cast<int64_t>(trials.size())), 0, 1};
    int32_t most_epochs = 1;
    double per_row = 0; // of a trial, mean
    for (const Trial& t : trials) {
        per_row += training_flops(study::net_widths(data, t.hyperparameters, options.loss)) / static_cast<double>(trials.size());
        most_epochs = std::max(most_epochs, t.hyperparameters.epochs);
    }
    const double affordable = first_flops / std::max(per_row, 1.0); // rows, over all trials
    load.trials = std::clamp<int64_t>(static_cast<int64_t>(affordable) / least_rows, 1, load.trials);
    load.rows = std::clamp<int64_t>(static_cast<int64_t>(affordable) / load.trials, std::min(least_rows, all_rows), all_rows);

    const auto begin = std::chrono::steady_clock::now();
    for (bool warm = false;; warm = true) {
        const auto start = std::chrono::steady_clock::now();
        const Calibration result = measure(engine, data, trials, options, load);
        const auto now = std::chrono::steady_clock::now();
        const double took = std::chrono::duration<double>(now - start).count();
        if ((warm && took >= enough_seconds) || std::chrono::duration<double>(now - begin).count() >= most_seconds) return result;
        double more = std::clamp(1.5 * enough_seconds / std::max(took, 1e-4), 2.0, 16.0);
        // Enough trials for a mix first; then each longer, as beginning one costs, too; then more of them.
        const auto grow = [&](auto& what, auto most) {
            const auto before = what;
            what = static_cast<std::decay_t<decltype(most)>>(std::min(static_cast<double>(most), static_cast<double>(what) * more));
            more = std::max(1.0, more * static_cast<double>(before) / static_cast<double>(what));
        };
        const Load before = load;
        grow(load.trials, std::max(load.trials, std::min(mixed_trials, static_cast<int64_t>(trials.size()))));
        grow(load.rows, all_rows);
        grow(load.epochs, most_epochs);
        grow(load.trials, static_cast<int64_t>(trials.size()));
        if (load.trials == before.trials && load.rows == before.rows && load.epochs == before.epochs) return result; // all there is
    }
}

} // namespace caviar::cli
