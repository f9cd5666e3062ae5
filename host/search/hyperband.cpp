#include "host/search/rungs.h"
#include "host/search/schedulers.h"

#include <cmath>

namespace caviar::search {
namespace {

/// L. Li et al., "Hyperband", JMLR 18 (2018), algorithm 1: brackets of successive halving from the boldest (many trials, few epochs at
/// first) to none at all. Bracket s begins with n = ceil((s_max + 1) / (s + 1) * eta^s) trials. That is the formula; the paper's
/// table for R = 81 prints other numbers (81, 27, 9, 6, 5 for 81, 34, 15, 8, 5). A cohort's trials fill the brackets in the order
/// of their ids, again and again; the last ones may come out smaller.
class Hyperband final : public Scheduler {
public:
    Hyperband(const SchedulerOptions& options, int32_t max_epochs)
        : eta_(options.eta), rungs_(rungs(std::max(1, options.min_epochs), max_epochs, eta_)) {
        const auto s_max = static_cast<int32_t>(rungs_.size()) - 1;
        for (int32_t s = s_max; s >= 0; --s)
            sizes_.push_back(static_cast<size_t>(std::ceil((s_max + 1.0) / (s + 1) * std::pow(eta_, s) - 1e-9)));
    }

    Decision next(std::span<const Standing> cohort) const override {
        Decision decision;
        for (size_t trial = 0, bracket = 0; trial < cohort.size(); bracket = (bracket + 1) % sizes_.size()) {
            std::vector<size_t> members;
            for (; members.size() < sizes_[bracket] && trial < cohort.size(); ++trial) members.push_back(trial);
            halve(cohort, std::move(members), std::span(rungs_).subspan(bracket), eta_, decision);
        }
        return decision;
    }

    std::string explain() const override {
        std::string text;
        for (size_t b = 0; b < sizes_.size(); ++b)
            text += (b ? ", " : "") + std::to_string(sizes_[b]) + " trials from " + std::to_string(rungs_[b]) + (rungs_[b] == 1 ? " epoch" : " epochs") + " on";
        return "hyperband: brackets of " + text + ", one in " + to_string(Value{eta_}) + " goes on at each rung";
    }

private:
    double eta_;
    std::vector<int32_t> rungs_; ///< the bracket b begins at the rung b
    std::vector<size_t> sizes_;
};

} // namespace

std::unique_ptr<Scheduler> make_hyperband(const SchedulerOptions& options, int32_t max_epochs) {
    return std::make_unique<Hyperband>(options, max_epochs);
}

} // namespace caviar::search
