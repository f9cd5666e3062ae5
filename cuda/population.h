#pragma once
#include "cuda/launcher.h"

#include <memory>
#include <unordered_map>

namespace caviar::cuda {

/// The device's population. Nets live on the device from their first epoch on, as long as there is room; where there is none for all,
/// trials go through in waves, and those that are not in the present one wait on the host.
class CudaPopulation final : public Population {
public:
    CudaPopulation(std::shared_ptr<Device>, const Dataset&, const PopulationOptions&, const EngineSettings&);

    void admit(std::span<const Trial>) override;
    std::vector<TrialResult> train(int32_t epochs, std::span<const TrialId>, const TrainControl&) override;
    void retire(std::span<const TrialId>) override;
    void adjust(TrialId, const Hyperparameters&) override;
    void clone(TrialId from, TrialId to) override;
    std::vector<std::byte> checkpoint(TrialId) const override;
    void restore(TrialId, std::span<const std::byte>) override;
    Weights weights(TrialId) const override;
    TrialResult result(TrialId) const override;
    std::vector<TierStatistics> statistics() const override { return ledger_.tiers(); }

private:
    /// Does it, and enters what it reads back from the device.
    template <class Work> auto counted(const LiveTrial& trial, const Work& work) const {
        const int64_t before = device_->bytes_read_back();
        auto result = work();
        ledger_.enter(trial.plan().tier, device_->bytes_read_back() - before);
        return result;
    }

    using Queue = std::vector<Launcher::Entry>;

    LiveTrial& find(TrialId) const;
    static Launcher::Entry entry(LiveTrial&, int32_t epochs);
    Queue dearest_first(std::span<const TrialId>, int32_t epochs) const;
    void move_out(LiveTrial&);
    void move_all_out();
    void reserve(const Queue&, const TrainControl&);
    bool reserve_from(int32_t share, const Queue&, const TrainControl&);
    void keep_back();
    void shrink(const Queue&, const std::exception_ptr& why, bool trained, const TrainControl&);
    [[noreturn]] void refuse(const LiveTrial&, int64_t free);
    size_t settle(std::span<const Launcher::Entry>);
    size_t next_wave(const Queue&, const TrainControl&);

    std::shared_ptr<Device> device_;
    Setting setting_;
    Homes homes_;
    mutable Ledger ledger_; ///< reading weights back is entered, too
    Launcher launcher_;
    std::unordered_map<TrialId, std::unique_ptr<LiveTrial>> trials_;
    int32_t rungs_ = 0; ///< calls of `train` so far
    int32_t share_ = 1; ///< of multiprocessors and lanes that is reserved: one in so many
    int32_t refusals_ = 0; ///< of memory while a wave trained
};

} // namespace caviar::cuda
