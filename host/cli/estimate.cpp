#include "host/cli/estimate.h"

#include "host/core/cost.h"
#include "host/data/memory.h"
#include "host/report/numbers.h"
#include "host/study/confirmation.h"
#include "host/study/folds.h"
#include "host/study/net_memory.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace caviar::cli {

int64_t CostEstimate::trials_within(double seconds) const {
    const double fit = seconds / trial_seconds();
    return fit < 1e15 ? std::llround(std::floor(fit)) : 0;
}

Way way(const CostEstimate& cost, double seconds) {
    // With 24 independent draws the best of them is among the top tenth of the space with 92 % (1 - 0.9^24); with fewer a person's
    // experience with one model is worth more. At 100 the top 3 % are hit with 95 %, and coarse-to-fine has something to zoom in on.
    constexpr int64_t few = 24, plenty = 100;
    const int64_t trials = cost.trials_within(seconds);
    return trials < few ? Way::panda : trials < plenty ? Way::careful : Way::caviar;
}

std::string way_text(const CostEstimate& cost, double seconds) {
    const std::string trials = report::count(cost.trials_within(seconds)), time = report::duration(seconds);
    switch (way(cost, seconds)) {
    case Way::panda:
        return "Panda: " + (cost.trials_within(seconds) == 0 ? "not one trial fits" : "only " + trials + (trials == "1" ? " trial fits" : " trials fit")) + " in " + time + ", too few to search with. Train one model, watch its curve and change its learning rate as it "
               "goes; or begin with fewer rows, smaller nets or a scheduler.";
    case Way::careful:
        return "Caviar, with care: " + trials + " trials fit in " + time + ". Let every trial teach the next (--sampler tpe or gp), and stop the hopeless early (--scheduler asha).";
    case Way::caviar: break;
    }
    return "Caviar: " + trials + " trials fit in " + time + ", so search many settings at once and keep the best.";
}

namespace {

double share_of_search(const SweepSettings& settings, int64_t trials) {
    constexpr int64_t cohort = 512; // what a scheduler lets train hangs little on how many there are
    const int32_t most = most_epochs(settings);
    const auto scheduler = make_scheduler(settings.scheduler, most, settings.sampler.seed, settings.space);
    std::mt19937_64 random(settings.sampler.seed);
    std::vector<Standing> standings(static_cast<size_t>(std::min(trials, cohort)));
    std::vector<std::vector<Score>> curves(standings.size());
    std::vector<double> badness;
    for (size_t i = 0; i < standings.size(); ++i) {
        badness.push_back(static_cast<double>(random() >> 11) * 0x1p-53);
        standings[i] = {static_cast<TrialId>(i), {}, most, false, &settings.defaults};
    }
    for (;;) {
        const Decision decision = scheduler->next(standings);
        if (decision.steps.empty()) break;
        for (const Decision::Step& step : decision.steps) {
            Standing& s = standings[step.trial];
            curves[step.trial].resize(static_cast<size_t>(std::max(step.until, s.epochs())), Score{badness[step.trial], badness[step.trial]});
            s.scores = curves[step.trial];
            s.ended = s.epochs() >= most;
        }
    }
    double epochs = 0;
    for (const auto& curve : curves) epochs += static_cast<double>(curve.size());
    return epochs / (static_cast<double>(most) * static_cast<double>(standings.size()));
}

} // namespace

double trained_share(const SweepSettings& settings, int64_t trials) {
    if (settings.scheduler.name == "none" || trials <= 0) return 1;
    const int64_t confirming = std::min(settings.confirm.trials(), trials); // to their end, whatever the scheduler
    const double again = static_cast<double>(confirming) / static_cast<double>(trials);
    return confirming == trials ? 1 : again + (1 - again) * share_of_search(settings, trials - confirming);
}

CostEstimate estimate_cost(const Resolved& resolved, Engine& engine) {
    constexpr int64_t most_sampled = 256;
    const SweepSettings& settings = resolved.settings;
    const Dataset& data = study::seen_by(0, resolved.prepared).dataset;
    CostEstimate cost;
    cost.trials = study::trials_in_all(settings, settings.sampler.trials > 0 ? settings.sampler.trials : std::numeric_limits<int64_t>::max());
    SamplerOptions random;
    random.name = "random";
    random.seed = settings.sampler.seed;
    random.trials = most_sampled;
    const auto rows = static_cast<double>(data.rows(Part::train));
    std::vector<std::pair<double, Trial>> drawn; // with their cost
    std::vector<double> weights;
    TrialId id = 0;
    for (Configuration& configuration : make_sampler(settings.space, random)->ask(random.trials)) {
        Trial trial = make_trial(settings, id++, 0, std::move(configuration));
        const std::vector<int32_t> widths = study::net_widths(data, trial.hyperparameters, *settings.loss);
        const double flops = trial.hyperparameters.epochs * rows * training_flops(widths);
        cost.flops += flops / static_cast<double>(most_sampled);
        weights.push_back(static_cast<double>(weight_count(widths)));
        drawn.emplace_back(flops, std::move(trial));
    }
    std::sort(weights.begin(), weights.end());
    std::stable_sort(drawn.begin(), drawn.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    cost.sampled = static_cast<int64_t>(weights.size());
    cost.median_weights = weights[weights.size() / 2];
    cost.most_weights = weights.back();
    cost.trained = trained_share(settings, cost.trials);
    std::vector<Trial> trials;
    for (auto& [flops, trial] : drawn) trials.push_back(std::move(trial));
    study::require_memory(trials, data, *settings.loss, data::free_memory());
    cost.calibration = calibrate(engine, data, trials, {settings.sampler.seed, *settings.loss, *settings.metric});
    return cost;
}

} // namespace caviar::cli
