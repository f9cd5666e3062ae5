#include "host/study/folds.h"

#include "caviar/error.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace caviar::study {

namespace {

size_t fold_of(TrialId id, size_t folds) { return static_cast<size_t>(id) % folds; }

class FoldedPopulation final : public Population {
public:
    FoldedPopulation(Engine& engine, const Prepared& prepared, const PopulationOptions& options) {
        for (const Prepared& fold : prepared.folds) folds_.push_back(engine.populate(fold.dataset, options));
    }

    /// All or none, as of one population.
    void admit(std::span<const Trial> trials) override {
        std::vector<std::vector<Trial>> by_fold(folds_.size());
        for (const Trial& trial : trials) by_fold[fold_of(trial.id, folds_.size())].push_back(trial);
        size_t fold = 0;
        try {
            for (; fold < folds_.size(); ++fold) folds_[fold]->admit(by_fold[fold]);
        } catch (...) {
            while (fold-- > 0)
                for (const Trial& trial : by_fold[fold]) folds_[fold]->retire(std::span(&trial.id, 1));
            throw;
        }
    }

    std::vector<TrialResult> train(int32_t epochs, std::span<const TrialId> ids, const TrainControl& wanted) override {
        int64_t trials_before = 0, epochs_before = 0, epochs_now = 0;
        TrainControl control = wanted;
        if (wanted.on_progress)
            control.on_progress = [&](int64_t trials, int64_t trained) {
                epochs_now = trained;
                wanted.on_progress(trials_before + trials, epochs_before + trained);
            };
        std::map<TrialId, TrialResult> results;
        const auto by_fold = divided(ids);
        for (size_t fold = 0; fold < folds_.size(); ++fold) {
            if (by_fold[fold].empty()) continue;
            for (TrialResult& result : folds_[fold]->train(epochs, by_fold[fold], control)) results.insert_or_assign(result.id, std::move(result));
            trials_before += std::ssize(by_fold[fold]);
            epochs_before += std::exchange(epochs_now, 0);
        }
        std::vector<TrialResult> in_order;
        for (const TrialId id : ids) in_order.push_back(std::move(results.at(id)));
        return in_order;
    }

    void retire(std::span<const TrialId> ids) override {
        const auto by_fold = divided(ids);
        for (size_t fold = 0; fold < folds_.size(); ++fold) folds_[fold]->retire(by_fold[fold]);
    }

    void clone(TrialId from, TrialId to) override {
        if (&its(from) != &its(to))
            throw UsageError("trial " + std::to_string(to) + " cannot take over the net of trial " + std::to_string(from) + ", which has trained on the rows that it validates on");
        its(to).clone(from, to);
    }

    void adjust(TrialId id, const Hyperparameters& h) override { its(id).adjust(id, h); }
    std::vector<std::byte> checkpoint(TrialId id) const override { return its(id).checkpoint(id); }
    void restore(TrialId id, std::span<const std::byte> bytes) override { its(id).restore(id, bytes); }
    Weights weights(TrialId id) const override { return its(id).weights(id); }
    TrialResult result(TrialId id) const override { return its(id).result(id); }

    /// The sums over the folds, a tier a line.
    std::vector<TierStatistics> statistics() const override {
        std::vector<TierStatistics> tiers;
        for (const auto& fold : folds_)
            for (const TierStatistics& more : fold->statistics()) {
                const auto found = std::find_if(tiers.begin(), tiers.end(), [&](const TierStatistics& t) { return t.tier == more.tier; });
                TierStatistics& tier = found != tiers.end() ? *found : tiers.emplace_back(TierStatistics{more.tier});
                tier.trials += more.trials;
                tier.launches += more.launches;
                tier.seconds += more.seconds;
                tier.busy_seconds += more.busy_seconds;
                tier.occupied_seconds += more.occupied_seconds;
                tier.flops += more.flops;
                tier.bytes_read_back += more.bytes_read_back;
            }
        return tiers;
    }

private:
    Population& its(TrialId id) const { return *folds_[fold_of(id, folds_.size())]; }

    std::vector<std::vector<TrialId>> divided(std::span<const TrialId> ids) const {
        std::vector<std::vector<TrialId>> by_fold(folds_.size());
        for (const TrialId id : ids) by_fold[fold_of(id, folds_.size())].push_back(id);
        return by_fold;
    }

    std::vector<std::unique_ptr<Population>> folds_;
};

} // namespace

const Prepared& seen_by(TrialId id, const Prepared& prepared) {
    return prepared.folds.empty() ? prepared : prepared.folds[fold_of(id, prepared.folds.size())];
}

std::unique_ptr<Population> populate(Engine& engine, const Prepared& prepared, const PopulationOptions& options) {
    if (prepared.folds.empty()) return engine.populate(prepared.dataset, options);
    return std::make_unique<FoldedPopulation>(engine, prepared, options);
}

} // namespace caviar::study
