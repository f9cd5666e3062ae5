#include "host/search/rungs.h"
#include "host/search/schedulers.h"

#include <numeric>

namespace caviar::search {
namespace {

/// One bracket: the whole cohort goes from rung to rung.
class SuccessiveHalving final : public Scheduler {
public:
    SuccessiveHalving(const SchedulerOptions& options, int32_t max_epochs)
        : eta_(options.eta),
          rungs_(rungs(options.min_epochs > 0 ? options.min_epochs : std::max(1, static_cast<int32_t>(max_epochs / (eta_ * eta_ * eta_))), max_epochs, eta_)) {}

    Decision next(std::span<const Standing> cohort) const override {
        std::vector<size_t> all(cohort.size());
        std::iota(all.begin(), all.end(), size_t{0});
        Decision decision;
        halve(cohort, std::move(all), rungs_, eta_, decision);
        return decision;
    }

    std::string explain() const override {
        std::string text;
        for (size_t k = 0; k + 1 < rungs_.size(); ++k) text += (k ? ", " : "") + std::to_string(rungs_[k]);
        if (text.empty()) return "successive halving: " + std::to_string(rungs_.back()) + " epochs leave no room for a rung, so all trials train to their end";
        return "successive halving: after " + text + " of " + std::to_string(rungs_.back()) + " epochs one in " + to_string(Value{eta_}) + " goes on";
    }

private:
    double eta_;
    std::vector<int32_t> rungs_;
};

} // namespace

std::unique_ptr<Scheduler> make_successive_halving(const SchedulerOptions& options, int32_t max_epochs) {
    return std::make_unique<SuccessiveHalving>(options, max_epochs);
}

} // namespace caviar::search
