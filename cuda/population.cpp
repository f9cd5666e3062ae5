#include "cuda/population.h"

#include "host/core/cost.h"
#include "host/core/phase.h"

#include <algorithm>
#include <unordered_set>

namespace caviar::cuda {
namespace {

std::string net(const std::vector<int32_t>& widths) {
    std::string text;
    for (const int32_t width : widths) text += (text.empty() ? "" : "-") + std::to_string(width);
    return text;
}

/// Profilers look on as long as it lives.
class Profile {
public:
    Profile(Device& device, bool wanted) : device_(wanted ? &device : nullptr) {
        if (device_) device_->profile(true);
    }
    ~Profile() {
        if (device_) device_->profile(false);
    }
    Profile(const Profile&) = delete;
    Profile& operator=(const Profile&) = delete;

private:
    Device* device_;
};

} // namespace

CudaPopulation::CudaPopulation(std::shared_ptr<Device> device, const Dataset& data, const PopulationOptions& options, const EngineSettings& engine)
    : device_(std::move(device)), setting_{data, options, engine, device_->kind().shared_bytes}, homes_(device_), launcher_(device_, setting_, ledger_) {}

LiveTrial& CudaPopulation::find(TrialId id) const {
    const auto found = trials_.find(id);
    if (found == trials_.end()) throw UsageError("trial " + std::to_string(id) + " is not in this population");
    return *found->second;
}

void CudaPopulation::admit(std::span<const Trial> trials) {
    const Phase phase("admit");
    std::unordered_map<TrialId, std::unique_ptr<LiveTrial>> fresh; // all or none
    for (const Trial& trial : trials) {
        if (trials_.contains(trial.id) || fresh.contains(trial.id))
            throw UsageError("trial " + std::to_string(trial.id) + " is in this population already");
        fresh.emplace(trial.id, std::make_unique<LiveTrial>(trial, setting_));
    }
    trials_.merge(fresh);
}

void CudaPopulation::retire(std::span<const TrialId> ids) {
    for (TrialId id : ids) find(id);
    for (TrialId id : ids) {
        const auto found = trials_.find(id);
        if (found == trials_.end()) continue; // named twice
        found->second->leave(homes_);
        trials_.erase(found);
    }
}

void CudaPopulation::adjust(TrialId id, const Hyperparameters& h) {
    LiveTrial& trial = find(id);
    if (trial.settings().optimizer != h.optimizer) move_out(trial);
    trial.adjust(h);
}

void CudaPopulation::clone(TrialId from, TrialId to) {
    LiveTrial &source = find(from), &target = find(to);
    if (from == to) return;
    move_out(source);
    move_out(target);
    target.clone_from(source);
}

void CudaPopulation::restore(TrialId id, std::span<const std::byte> bytes) {
    LiveTrial& trial = find(id);
    move_out(trial);
    trial.restore(bytes);
}

std::vector<std::byte> CudaPopulation::checkpoint(TrialId id) const {
    const LiveTrial& trial = find(id);
    return counted(trial, [&] { return trial.checkpoint(*device_); });
}
Weights CudaPopulation::weights(TrialId id) const {
    const LiveTrial& trial = find(id);
    return counted(trial, [&] { return trial.weights(*device_); });
}
TrialResult CudaPopulation::result(TrialId id) const { return find(id).result; }

CudaPopulation::Queue CudaPopulation::dearest_first(std::span<const TrialId> ids, int32_t epochs) const {
    Queue queue;
    std::unordered_set<TrialId> seen;
    for (TrialId id : ids) {
        LiveTrial& t = find(id);
        if (!seen.insert(id).second) throw UsageError("trial " + std::to_string(id) + " is asked for twice");
        const int32_t left = t.ended() ? 0 : std::max(0, std::min(epochs, t.settings().epochs - t.epochs()));
        queue.push_back({&t, left, training_flops(t.widths()) * left});
    }
    std::stable_sort(queue.begin(), queue.end(), [](const auto& a, const auto& b) { return a.cost > b.cost; });
    return queue;
}

void CudaPopulation::move_out(LiveTrial& trial) {
    const int64_t before = device_->bytes_read_back();
    trial.move_out(*device_, homes_);
    ledger_.enter(trial.plan().tier, device_->bytes_read_back() - before);
}

void CudaPopulation::move_all_out() {
    for (const auto& [id, trial] : trials_) move_out(*trial);
    homes_.trim();
}

void CudaPopulation::refuse(const LiveTrial& t, int64_t free) {
    const int64_t floats = t.floats() + (t.plan().tier == Tier::resident ? 0 : t.workspace_floats());
    throw DeviceError("trial " + std::to_string(t.result.id) + ": its network " + net(t.widths()) + " takes " + gigabytes(floats * 4) +
                      " on the device while it trains with " + to_string(t.settings().optimizer) + ", and " + gigabytes(free) + " are free on " +
                      device_->kind().name + "; let units and layers be smaller, or use --engine cpu");
}

/// Data and all but the nets' homes. Nets that are there already move out where they are in the way.
void CudaPopulation::reserve(const Queue& queue, const TrainControl& control) {
    try {
        launcher_.load(queue);
        return launcher_.reserve(queue, 1);
    } catch (const OutOfDeviceMemory&) {
    }
    move_all_out();
    launcher_.load(queue);
    const auto smallest = std::max<int64_t>(device_->kind().multiprocessors, static_cast<int64_t>(queue.size()));
    for (int32_t share = 1;; share *= 2) {
        try {
            launcher_.reserve(queue, share);
            if (share > 1 && control.on_note)
                control.on_note("memory is short on " + device_->kind().name + ": training on one in " + std::to_string(share) +
                                " of its multiprocessors");
            return;
        } catch (const OutOfDeviceMemory&) {
            if (share < smallest) continue;
            const auto largest = std::max_element(queue.begin(), queue.end(), [](const auto& a, const auto& b) {
                return a.trial->workspace_floats() < b.trial->workspace_floats();
            });
            refuse(*largest->trial, device_->free_bytes());
        }
    }
}

/// Homes for as many of these as there is room for, from the first on. Others move out for them: those that nobody asked for, then
/// those that come last.
size_t CudaPopulation::settle(std::span<const Launcher::Entry> queue) {
    std::unordered_set<const LiveTrial*> asked;
    for (const Launcher::Entry& e : queue) asked.insert(e.trial);
    std::vector<LiveTrial*> idle;
    for (const auto& [id, trial] : trials_)
        if (trial->place() == LiveTrial::Place::device && !asked.contains(trial.get())) idle.push_back(trial.get());
    size_t last = queue.size();
    const auto move_one_out = [&](size_t count) {
        LiveTrial* leaver = nullptr;
        if (!idle.empty()) {
            leaver = idle.back();
            idle.pop_back();
        }
        while (!leaver && last > count + 1)
            if (queue[--last].trial->place() == LiveTrial::Place::device) leaver = queue[last].trial;
        if (leaver) move_out(*leaver);
        return leaver != nullptr;
    };
    size_t count = 0;
    for (const size_t most = launcher_.most(queue); count < most; ++count)
        while (!queue[count].trial->move_in(*device_, homes_))
            if (!move_one_out(count)) {
                if (count > 0) return count;
                refuse(*queue[0].trial, homes_.room() * 4);
            }
    return count;
}

std::vector<TrialResult> CudaPopulation::train(int32_t epochs, std::span<const TrialId> ids, const TrainControl& control) {
    const Phase phase("rung");
    const Profile profile(*device_, ++rungs_ == setting_.engine.profile_rung);
    Queue queue = dearest_first(ids, epochs);
    int64_t done = 0, epochs_done = 0;
    const auto stopped = [&] { return control.stop.stop_requested(); };
    const auto finish = [&](const LiveTrial& trial) {
        ++done;
        if (control.on_finished) control.on_finished(trial.result);
    };
    const auto idle = std::find_if(queue.begin(), queue.end(), [](const auto& e) { return e.epochs == 0; }); // they come last
    for (auto e = idle; e != queue.end() && !stopped(); ++e) finish(*e->trial);
    queue.erase(idle, queue.end());
    // Nets that are there already go first: fewer move.
    std::stable_partition(queue.begin(), queue.end(), [](const auto& e) { return e.trial->place() == LiveTrial::Place::device; });
    if (!queue.empty() && !stopped()) reserve(queue, control);

    std::unordered_map<const LiveTrial*, int32_t> target; // epochs it will have when all asked for are trained
    const auto epochs_of = [](std::span<const Launcher::Entry> wave) {
        int64_t sum = 0;
        for (const auto& e : wave) sum += e.trial->epochs();
        return sum;
    };
    Launcher::Orders orders;
    orders.stop = stopped;
    orders.ended = [&](const LiveTrial& trial) {
        if (trial.ended() || trial.epochs() == target[&trial]) finish(trial);
    };
    if (control.on_progress) orders.progress = [&](int64_t more) { control.on_progress(done, epochs_done + more); };
    for (size_t first = 0; first < queue.size() && !stopped();) {
        const auto rest = std::span<const Launcher::Entry>(queue).subspan(first);
        const auto wave = rest.first(settle(rest));
        if (first == 0 && wave.size() < rest.size() && control.on_note)
            control.on_note(std::to_string(wave.size()) + " of " + std::to_string(rest.size()) + " networks fit the memory of " +
                            device_->kind().name + " at once: training in waves");
        for (const auto& e : wave) target[e.trial] = e.trial->epochs() + e.epochs;
        const int64_t before = epochs_of(wave);
        launcher_.run(wave, orders);
        epochs_done += epochs_of(wave) - before;
        first += wave.size();
    }
    if (control.on_progress) control.on_progress(done, epochs_done);
    std::vector<TrialResult> results;
    for (TrialId id : ids) results.push_back(find(id).result);
    return results;
}

} // namespace caviar::cuda
