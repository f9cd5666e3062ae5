#include "cuda/population.h"

#include "host/core/cost.h"
#include "host/core/phase.h"

#include <algorithm>
#include <unordered_set>

namespace caviar::cuda {
namespace {

/// Left to the driver, to queues and to curves, which are small beside nets; and for each lane to graphs and to kernels of the library,
/// which are loaded when they are first asked for. Twice as much after each time that it did not do.
constexpr int64_t kept_back_bytes = int64_t{64} << 20, kept_back_lane_bytes = int64_t{32} << 20;

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
    : device_(std::move(device)), setting_{data, options, engine, device_->kind().shared_bytes, device_->kind().multiprocessors}, homes_(device_), launcher_(device_, setting_, ledger_) {}

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
    if (from == to || target.clone_there(source, *device_)) return;
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

Launcher::Entry CudaPopulation::entry(LiveTrial& trial, int32_t epochs) {
    return {&trial, epochs, trial.epoch_clocks() * epochs, training_flops(trial.widths()) * epochs};
}

CudaPopulation::Queue CudaPopulation::dearest_first(std::span<const TrialId> ids, int32_t epochs) const {
    Queue queue;
    std::unordered_set<TrialId> seen;
    for (TrialId id : ids) {
        LiveTrial& t = find(id);
        if (!seen.insert(id).second) throw UsageError("trial " + std::to_string(id) + " is asked for twice");
        const int32_t left = t.ended() ? 0 : std::max(0, std::min(epochs, t.settings().epochs - t.epochs()));
        queue.push_back(entry(t, left));
    }
    std::stable_sort(queue.begin(), queue.end(), [](const auto& a, const auto& b) { return a.clocks > b.clocks; });
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
        launcher_.reserve(queue, 1);
        share_ = 1;
        return keep_back();
    } catch (const OutOfDeviceMemory&) {
    }
    move_all_out();
    launcher_.load(queue);
    if (reserve_from(1, queue, control)) return;
    const auto largest = std::max_element(queue.begin(), queue.end(), [](const auto& a, const auto& b) {
        return a.trial->workspace_floats() < b.trial->workspace_floats();
    });
    refuse(*largest->trial, device_->free_bytes());
}

/// The largest share that there is memory for, from this one down. False: there is none.
bool CudaPopulation::reserve_from(int32_t share, const Queue& queue, const TrainControl& control) {
    const auto smallest = std::max<int64_t>(device_->kind().multiprocessors, static_cast<int64_t>(queue.size()));
    for (; share / 2 < smallest; share *= 2) {
        try {
            launcher_.reserve(queue, share);
        } catch (const OutOfDeviceMemory&) {
            continue;
        }
        if (share > 1 && control.on_note)
            control.on_note("memory is short on " + device_->kind().name + ": training on one in " + std::to_string(share) + " of its multiprocessors");
        share_ = share;
        keep_back();
        return true;
    }
    return false;
}

void CudaPopulation::keep_back() {
    const int64_t most = kept_back_bytes + launcher_.lanes() * kept_back_lane_bytes;
    homes_.keep_back(std::min(most, device_->kind().memory_bytes / 20) << refusals_);
}

/// Memory ran out while a wave trained: nets get less of it from now on, and so do multiprocessors and lanes. `trained`: something in the
/// wave did; where nothing did with the least of all, `why` is thrown.
void CudaPopulation::shrink(const Queue& queue, const std::exception_ptr& why, bool trained, const TrainControl& control) {
    constexpr int32_t most_refusals = 4; // 16 times what is kept back at first: most of a small device
    if (refusals_ == most_refusals && !trained) std::rethrow_exception(why);
    if (control.on_note)
        control.on_note("memory ran out on " + device_->kind().name + " while networks trained: " + std::to_string(queue.size()) +
                        " go on in smaller waves");
    move_all_out();
    launcher_.release();
    refusals_ = std::min(refusals_ + 1, most_refusals);
    if (!reserve_from(2 * share_, queue, control) && !reserve_from(share_, queue, control)) std::rethrow_exception(why);
}

/// Homes for as many of these as there is room for, from the first on: none where the first has none. Others move out for them: those that
/// nobody asked for, then those that come last.
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
            if (!move_one_out(count)) return count;
    return count;
}

/// The first trials of the queue, settled. Where not even one finds room it takes that of multiprocessors and lanes.
size_t CudaPopulation::next_wave(const Queue& queue, const TrainControl& control) {
    for (;;) {
        if (const size_t count = settle(queue)) return count;
        const int64_t free = homes_.room() * static_cast<int64_t>(sizeof(float));
        move_all_out();
        launcher_.release();
        if (!reserve_from(2 * share_, queue, control)) refuse(*queue[0].trial, free);
    }
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
    for (const auto& e : queue) target[e.trial] = e.trial->epochs() + e.epochs;
    const auto epochs_of = [](std::span<const Launcher::Entry> wave) {
        int64_t sum = 0;
        for (const auto& e : wave) sum += e.trial->epochs();
        return sum;
    };
    const auto is_done = [&](const LiveTrial& trial) { return trial.ended() || trial.epochs() == target[&trial]; };
    Launcher::Orders orders;
    orders.stop = stopped;
    orders.ended = [&](const LiveTrial& trial) {
        if (is_done(trial)) finish(trial);
    };
    if (control.on_progress) orders.progress = [&](int64_t more) { control.on_progress(done, epochs_done + more); };
    for (bool first = true; !queue.empty() && !stopped(); first = false) {
        const size_t count = next_wave(queue, control);
        const auto wave = std::span<const Launcher::Entry>(queue).first(count);
        if (first && count < queue.size() && control.on_note)
            control.on_note(std::to_string(count) + " of " + std::to_string(queue.size()) + " networks " +
                            (count == launcher_.most(queue) ? "go in one launch" : "fit the memory of " + device_->kind().name + " at once") +
                            ": training in waves");
        const int64_t before = epochs_of(wave);
        const auto [refused, rest] = launcher_.run(wave, orders);
        for (LiveTrial* trial : rest) orders.ended(*trial);
        const int64_t trained = epochs_of(wave) - before;
        epochs_done += trained;
        Queue left; // those that a pause, or want of memory, has cut short go on, their nets being there
        for (const auto& e : wave)
            if (!is_done(*e.trial)) left.push_back(entry(*e.trial, target[e.trial] - e.trial->epochs()));
        left.insert(left.end(), queue.begin() + static_cast<std::ptrdiff_t>(count), queue.end());
        queue = std::move(left);
        if (refused && !queue.empty() && !stopped()) shrink(queue, refused, trained > 0, control);
    }
    if (control.on_progress) control.on_progress(done, epochs_done);
    std::vector<TrialResult> results;
    for (TrialId id : ids) results.push_back(find(id).result);
    return results;
}

} // namespace caviar::cuda
