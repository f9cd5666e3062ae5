#include "host/study/winner.h"

#include "host/core/best_chance.h"
#include "host/core/metric_variance.h"
#include "host/study/candidate.h"
#include "host/study/json_archive.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace caviar {

namespace study {

/// Found by the archive through its own namespace.
template <class A, Either<WinnerReport> T> void members(A& a, T& w) {
    a("trial", w.trial);
    a("seeds", w.seeds);
    a("confirmed", w.confirmed);
    a("mean", w.mean);
    a("deviation", w.deviation);
    a("chance", w.chance);
    a("compared", w.compared);
    a("test_mean", w.test_mean);
    a("test_deviation", w.test_deviation);
    a("test_share", w.test_share);
}

namespace {

/// Beyond these a trial's chance is next to nothing, and a search may have a million.
constexpr size_t most_compared = 1000;

std::optional<double> finite(double value) { return std::isfinite(value) ? std::optional(value) : std::nullopt; }

/// Nets whose weights the study keeps, measured on a part of the data.
class Measure {
public:
    Measure(const SweepSettings& settings, const Dataset& data, Engine& engine, Metric metric)
        : data_(data), engine_(engine), loss_(settings.loss.value_or(default_loss(data.task))), metric_(metric) {}

    core::Normal on(Part part, const Hyperparameters& h, const Weights& weights) const {
        const auto outputs = engine_.forward(weights, h.activation, data_.with(h.scaling).part(part));
        const int32_t width = data_.outputs(loss_);
        const auto& targets = data_.targets(part);
        return {evaluate(metric_, loss_, outputs, width, targets, data_.target_scale),
                std::sqrt(core::metric_variance(metric_, loss_, outputs, width, targets, data_.target_scale))};
    }

private:
    const Dataset& data_;
    Engine& engine_;
    const Loss loss_;
    const Metric metric_;
};

/// Those that may be the best: like the first one confirmed or not, and sound.
std::vector<Candidate> compared(const Study& study, const SweepSettings& settings) {
    std::vector<Candidate> list = ranking(study, settings, most_compared);
    if (list.empty()) return list;
    const auto other = [confirmed = list[0].confirmed](const Candidate& c) { return c.confirmed != confirmed || !c.sound(); };
    list.erase(std::remove_if(list.begin() + 1, list.end(), other), list.end());
    return list;
}

} // namespace

std::optional<WinnerReport> judge_winner(const SweepSettings& settings, const Dataset& data, Engine& engine, const Study& study) {
    const std::vector<Candidate> all = compared(study, settings);
    if (all.empty()) return {};
    const Candidate& winner = all[0];
    WinnerReport report;
    report.trial = winner.best.trial.id;
    for (const TrialRow& row : winner.trials) report.seeds.push_back(row.trial.id);
    report.confirmed = winner.confirmed;
    report.mean = finite(winner.metric);
    report.deviation = finite(winner.deviation);
    report.compared = std::ssize(all);
    if (!winner.sound()) return report; // without a score of its own there is nothing to compare

    const Metric metric = study.header().metric;
    const Measure measure(settings, data, engine, metric);
    const int64_t valid_rows = data.rows(Part::valid), test_rows = data.rows(Part::test);
    std::vector<std::optional<double>> valid_variance(all.size());
    std::vector<core::Normal> test(all.size());
    std::vector<bool> kept(all.size());
    const bool folds = settings.cross_validates();
    for (size_t i = 0; i < all.size(); ++i) {
        if (folds) {
            valid_variance[i] = 0; // in the deviation over the folds, whose rows differ
            continue;
        }
        if (metric == Metric::accuracy) valid_variance[i] = core::accuracy_variance(all[i].metric, valid_rows);
        const auto weights = study.weights(all[i].best.trial.id);
        kept[i] = weights.has_value();
        if (!weights) continue;
        const Hyperparameters& h = all[i].best.trial.hyperparameters;
        if (!valid_variance[i]) {
            const double deviation = measure.on(Part::valid, h, *weights).deviation;
            valid_variance[i] = deviation * deviation;
        }
        if (test_rows > 0) test[i] = measure.on(Part::test, h, *weights);
    }

    // The variance hangs on rows and metric more than on the net, so the mean of those known stands in for the others.
    double known = 0, sum = 0;
    for (const auto& variance : valid_variance)
        if (variance) sum += *variance, ++known;
    std::vector<core::Normal> scores;
    for (size_t i = 0; i < all.size(); ++i) {
        const Candidate& c = all[i];
        double variance = valid_variance[i].value_or(sum / std::max(known, 1.0));
        if (c.trials.size() > 1) variance += c.deviation * c.deviation / static_cast<double>(c.trials.size());
        scores.push_back({-c.score.badness, std::sqrt(variance)});
    }
    std::vector<double> chances = core::best_chances(scores);
    report.chance = finite(chances[0]);
    double share = 0;
    for (size_t i = 0; i < all.size(); ++i) {
        if (!kept[i]) chances[i] = 0;
        share += chances[i];
    }
    if (test_rows > 0 && share > 0) {
        for (double& chance : chances) chance /= share;
        const core::Normal whole = core::mixture(chances, test);
        report.test_mean = finite(whole.mean);
        report.test_deviation = finite(whole.deviation);
        report.test_share = share;
    }
    return report;
}

} // namespace study

std::string to_json(const WinnerReport& report) { return study::encode(report).dump(); }

WinnerReport winner_report_from_json(const std::string& text) {
    WinnerReport report;
    study::decode(study::Json::parse(text, nullptr, false), report, "the winner's report");
    return report;
}

} // namespace caviar
