#include "host/cpu/population.h"

#include "caviar/error.h"
#include "host/core/phase.h"
#include "host/cpu/cost.h"
#include "host/cpu/workers.h"

#include <algorithm>
#include <chrono>
#include <unordered_set>

namespace caviar::cpu {
namespace {

/// Enters a call of `train` as it ends, however that is.
class Account {
public:
    Account(TierStatistics& done, const std::vector<LiveTrial*>& trials, int64_t rows, int threads)
        : done_(done), trials_(trials), rows_(static_cast<double>(rows)), threads_(threads) {
        for (const LiveTrial* t : trials_) before_.push_back({t->epochs(), t->result.seconds});
    }
    ~Account() {
        ++done_.launches;
        done_.seconds += std::chrono::duration<double>(Clock::now() - begin_).count();
        for (size_t i = 0; i < trials_.size(); ++i) {
            const LiveTrial& t = *trials_[i];
            const int32_t epochs = t.epochs() - before_[i].epochs;
            done_.trials += epochs > 0;
            done_.flops += training_flops(t.shape.widths) * rows_ * epochs;
            done_.busy_seconds += (t.result.seconds - before_[i].seconds) / threads_;
        }
    }
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;

private:
    using Clock = std::chrono::steady_clock;
    struct Before {
        int32_t epochs;
        double seconds;
    };

    TierStatistics& done_;
    const std::vector<LiveTrial*>& trials_;
    double rows_;
    int threads_;
    std::vector<Before> before_;
    const Clock::time_point begin_ = Clock::now();
};

} // namespace

CpuPopulation::CpuPopulation(const Dataset& data, const PopulationOptions& options, const Kernels& kernels, int threads)
    : data_(data), options_(options), kernels_(kernels), threads_(threads) {}

LiveTrial& CpuPopulation::find(TrialId id) const {
    const auto found = trials_.find(id);
    if (found == trials_.end()) throw UsageError("trial " + std::to_string(id) + " is not in this population");
    return *found->second;
}

void CpuPopulation::admit(std::span<const Trial> trials) {
    const Phase phase("admit");
    std::unordered_map<TrialId, std::unique_ptr<LiveTrial>> fresh; // all or none
    for (const Trial& trial : trials) {
        if (trials_.contains(trial.id) || fresh.contains(trial.id))
            throw UsageError("trial " + std::to_string(trial.id) + " is in this population already");
        fresh.emplace(trial.id, std::make_unique<LiveTrial>(trial, data_, options_, kernels_));
    }
    trials_.merge(fresh);
}

void CpuPopulation::retire(std::span<const TrialId> ids) {
    for (TrialId id : ids) find(id);
    for (TrialId id : ids) trials_.erase(id);
}

void CpuPopulation::adjust(TrialId id, const Hyperparameters& h) { find(id).adjust(h); }

void CpuPopulation::clone(TrialId from, TrialId to) {
    LiveTrial &source = find(from), &target = find(to);
    if (from != to) target.clone_from(source);
}

std::vector<std::byte> CpuPopulation::checkpoint(TrialId id) const { return find(id).checkpoint(); }
void CpuPopulation::restore(TrialId id, std::span<const std::byte> bytes) { find(id).restore(bytes); }
Weights CpuPopulation::weights(TrialId id) const { return find(id).weights(); }
TrialResult CpuPopulation::result(TrialId id) const { return find(id).result; }

std::vector<TierStatistics> CpuPopulation::statistics() const {
    return done_.launches > 0 ? std::vector{done_} : std::vector<TierStatistics>{};
}

std::vector<LiveTrial*> CpuPopulation::dearest_first(std::span<const TrialId> ids, int32_t epochs) const {
    std::vector<std::pair<double, LiveTrial*>> costs;
    std::unordered_set<TrialId> seen;
    for (TrialId id : ids) {
        LiveTrial& t = find(id);
        if (!seen.insert(id).second) throw UsageError("trial " + std::to_string(id) + " is asked for twice");
        costs.emplace_back(training_flops(t.shape.widths) * std::min(epochs, t.settings().epochs - t.epochs()), &t);
    }
    std::stable_sort(costs.begin(), costs.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<LiveTrial*> queue;
    for (const auto& [cost, trial] : costs) queue.push_back(trial);
    return queue;
}

std::vector<TrialResult> CpuPopulation::train(int32_t epochs, std::span<const TrialId> ids, const TrainControl& control) {
    const Phase phase("rung");
    const std::vector<LiveTrial*> queue = dearest_first(ids, epochs);
    const Account account(done_, queue, data_.rows(Part::train), threads_);
    const size_t workers = std::min(queue.size(), static_cast<size_t>(threads_));
    while (trainers_.size() < workers) trainers_.push_back(std::make_unique<Trainer>(data_, options_, kernels_));
    run_workers(workers, queue, control, [&](size_t worker, LiveTrial& trial, const Trainer::Orders& orders) {
        return trainers_[worker]->train(trial, epochs, orders);
    });
    std::vector<TrialResult> results;
    for (TrialId id : ids) results.push_back(find(id).result);
    return results;
}

} // namespace caviar::cpu
