#pragma once
#include "host/cpu/live_trial.h"
#include "host/cpu/trainer.h"

#include <memory>
#include <unordered_map>

namespace caviar::cpu {

/// The CPU's population: workers pull trials from a queue, the dearest first, and train each alone.
class CpuPopulation final : public Population {
public:
    CpuPopulation(const Dataset&, const PopulationOptions&, const Kernels&, int threads);

    void admit(std::span<const Trial>) override;
    std::vector<TrialResult> train(int32_t epochs, std::span<const TrialId>, const TrainControl&) override;
    void retire(std::span<const TrialId>) override;
    void adjust(TrialId, const Hyperparameters&) override;
    void clone(TrialId from, TrialId to) override;
    std::vector<std::byte> checkpoint(TrialId) const override;
    void restore(TrialId, std::span<const std::byte>) override;
    Weights weights(TrialId) const override;
    TrialResult result(TrialId) const override;
    std::vector<TierStatistics> statistics() const override;

private:
    LiveTrial& find(TrialId) const;
    std::vector<LiveTrial*> dearest_first(std::span<const TrialId>, int32_t epochs) const;

    const Dataset& data_;
    PopulationOptions options_;
    const Kernels& kernels_;
    int threads_;
    std::unordered_map<TrialId, std::unique_ptr<LiveTrial>> trials_;
    TierStatistics done_{"cpu"};
    std::vector<std::unique_ptr<Trainer>> trainers_; ///< one a worker, made when first needed
};

} // namespace caviar::cpu
