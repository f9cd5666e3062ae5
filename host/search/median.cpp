#include "host/search/rungs.h"
#include "host/search/schedulers.h"

#include <algorithm>
#include <limits>

namespace caviar::search {
namespace {

/// The median stopping rule (D. Golovin et al., "Google Vizier", KDD 2017, section 3.2.2): a trial stops where its best score by then is
/// strictly worse than the median of the running averages of all trials that came so far, those that were stopped later included.
/// The cohort is compared at multiples of `interval` epochs.
class Median final : public Scheduler {
public:
    Median(const SchedulerOptions& options, int32_t max_epochs)
        : interval_(options.min_epochs > 0 ? options.min_epochs : std::max(1, max_epochs / 10)), max_epochs_(max_epochs) {}

    Decision next(std::span<const Standing> cohort) const override {
        Decision decision;
        std::vector<bool> out(cohort.size());
        for (int64_t at = interval_; at - interval_ < max_epochs_; at += interval_) {
            const auto epochs = static_cast<int32_t>(std::min<int64_t>(at, max_epochs_));
            for (size_t i = 0; i < cohort.size(); ++i)
                if (!out[i] && !reached(cohort[i], epochs)) decision.steps.push_back({i, std::min(epochs, cohort[i].most)});
            if (!decision.steps.empty()) return decision;
            const double median = median_of_averages(cohort, epochs);
            for (size_t i = 0; i < cohort.size(); ++i)
                if (!out[i] && !cohort[i].ended && best_within(cohort[i], epochs).badness > median) {
                    out[i] = true;
                    decision.stopped.push_back(i);
                }
        }
        return decision;
    }

    std::string explain() const override {
        return "median: every " + std::to_string(interval_) + " epochs those stop whose best is worse than the median of the others' averages";
    }

private:
    static double median_of_averages(std::span<const Standing> cohort, int32_t epochs) {
        std::vector<double> averages;
        for (const Standing& s : cohort) {
            if (s.epochs() < epochs) continue;
            double sum = 0;
            for (const Score& score : s.scores.first(static_cast<size_t>(epochs))) sum += score.badness;
            averages.push_back(sum / epochs);
        }
        if (averages.empty()) return std::numeric_limits<double>::infinity();
        std::sort(averages.begin(), averages.end());
        const size_t half = averages.size() / 2;
        return averages.size() % 2 ? averages[half] : averages[half - 1] + (averages[half] - averages[half - 1]) / 2;
    }

    int32_t interval_, max_epochs_;
};

} // namespace

std::unique_ptr<Scheduler> make_median(const SchedulerOptions& options, int32_t max_epochs) { return std::make_unique<Median>(options, max_epochs); }

} // namespace caviar::search
