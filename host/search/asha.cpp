#include "host/search/rungs.h"
#include "host/search/schedulers.h"

#include <limits>

namespace caviar::search {
namespace {

/// L. Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020, algorithm 2, in a logical order: `workers`
/// workers ask for a job one after the other, all jobs end, and they ask again. A job is the promotion of one of the best 1/eta of a
/// rung that has not been promoted, the highest rung first, or else the next trial's first rung. Which trial a worker gets so
/// never depends on how fast the others were.
class Asha final : public Scheduler {
public:
    Asha(const SchedulerOptions& options, int32_t max_epochs)
        : eta_(options.eta), workers_(static_cast<size_t>(options.workers)), rungs_(rungs(std::max(1, options.min_epochs), max_epochs, eta_)) {}

    Decision next(std::span<const Standing> cohort) const override {
        std::vector<size_t> rung_of(cohort.size()); // rungs that it has been through, or is at work on
        size_t fresh = cohort.size();
        for (size_t i = cohort.size(); i-- > 0;) {
            const Standing& s = cohort[i];
            if (s.epochs() == 0 && !s.ended) fresh = i;
            while (rung_of[i] < rungs_.size() && s.epochs() > 0 && reached(s, rungs_[rung_of[i]])) {
                ++rung_of[i];
                if (s.ended && s.epochs() <= rungs_[rung_of[i] - 1]) break; // it is in the rung where it ended, and in none above
            }
        }
        std::vector<std::vector<size_t>> promotable(rungs_.size());
        for (size_t k = 0; k + 1 < rungs_.size(); ++k) {
            std::vector<size_t> members;
            for (size_t i = 0; i < cohort.size(); ++i)
                if (rung_of[i] > k) members.push_back(i);
            const auto top = static_cast<size_t>(static_cast<double>(members.size()) / eta_ + 1e-9);
            members = ranked(cohort, std::move(members), rungs_[k]);
            for (size_t place = top; place-- > 0;) // the best last, as they are taken from the end
                if (rung_of[members[place]] == k + 1 && !cohort[members[place]].ended) promotable[k].push_back(members[place]);
        }
        Decision decision;
        for (size_t worker = 0; worker < workers_; ++worker) {
            size_t k = promotable.size();
            while (k > 0 && promotable[k - 1].empty()) --k;
            if (k > 0) {
                const size_t trial = promotable[k - 1].back();
                promotable[k - 1].pop_back();
                decision.steps.push_back({trial, std::min(rungs_[k], cohort[trial].most)});
            } else if (fresh < cohort.size()) {
                decision.steps.push_back({fresh, std::min(rungs_[0], cohort[fresh].most)});
                do ++fresh;
                while (fresh < cohort.size() && (cohort[fresh].epochs() > 0 || cohort[fresh].ended));
            }
        }
        if (decision.steps.empty()) crown(cohort, rung_of, decision);
        return decision;
    }

    std::string explain() const override {
        std::string text;
        for (const int32_t r : rungs_) text += (text.empty() ? "" : ", ") + std::to_string(r);
        return "asha: rungs at " + text + " epochs, the best one in " + to_string(Value{eta_}) + " of a rung is promoted as soon as it is known, " +
               std::to_string(workers_) + " trials at a time";
    }

private:
    /// With few trials nobody may ever be promoted to the last rung. Then the best of the highest rung goes on alone, so that there is a winner.
    void crown(std::span<const Standing> cohort, const std::vector<size_t>& rung_of, Decision& decision) const {
        std::vector<size_t> highest;
        for (size_t i = 0; i < cohort.size(); ++i) {
            if (cohort[i].ended && best_within(cohort[i], rungs_.back()).badness < std::numeric_limits<double>::infinity()) return;
            if (cohort[i].ended) continue;
            if (!highest.empty() && rung_of[i] > rung_of[highest[0]]) highest.clear();
            if (highest.empty() || rung_of[i] == rung_of[highest[0]]) highest.push_back(i);
        }
        if (highest.empty()) return;
        const size_t rung = rung_of[highest[0]], winner = ranked(cohort, std::move(highest), rungs_[rung - 1])[0];
        decision.steps.push_back({winner, std::min(rungs_[rung], cohort[winner].most)});
    }

    double eta_;
    size_t workers_;
    std::vector<int32_t> rungs_;
};

} // namespace

std::unique_ptr<Scheduler> make_asha(const SchedulerOptions& options, int32_t max_epochs) { return std::make_unique<Asha>(options, max_epochs); }

} // namespace caviar::search
