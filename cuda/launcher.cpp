#include "cuda/launcher.h"

#include "host/core/cost.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace caviar::cuda {
namespace {

using namespace std::chrono_literals;

/// One launch takes no more: what it needs besides the nets stays small.
constexpr int64_t most_trials = int64_t{1} << 16, most_records = int64_t{1} << 24;

/// Columns of the table that auc and f1 keep of the valid rows; see device/metric.cuh.
int64_t score_columns(Metric metric, int32_t width) {
    if (metric == Metric::f1) return 1;
    if (metric == Metric::auc) return width <= 2 ? 1 : width;
    return 0;
}

} // namespace

Launcher::Launcher(std::shared_ptr<Device> device, const Setting& setting)
    : device_(std::move(device)), setting_(setting), data_(device_, setting.data), words_(device_, 1) {}

void Launcher::load(std::span<const Entry> entries) {
    for (const Entry& e : entries) data_.with(e.trial->settings().scaling);
}

void Launcher::reserve(std::span<const Entry> entries, int32_t share) {
    int64_t scratch = scratch_floats_, scores = score_floats_, records = 0, longest = 1;
    for (const Entry& e : entries) {
        scores = std::max(scores, score_columns(setting_.options.metric, e.trial->widths().back()) * setting_.data.rows(Part::valid));
        if (e.trial->plan().team == streamed_class) scratch = std::max(scratch, e.trial->workspace_floats());
        records += e.epochs;
        longest = std::max<int64_t>(longest, e.epochs);
    }
    const auto part = [share](int64_t of) { return (of + share - 1) / share; };
    const int64_t trials = part(std::min(static_cast<int64_t>(entries.size()), most_trials));
    const int32_t blocks = static_cast<int32_t>(part(device_->kind().multiprocessors));
    blocks_ = 0; // until all is there
    make_room(scratch_, device_, blocks * scratch);
    make_room(scores_, device_, blocks * int64_t{block_threads / warp} * scores);
    make_room(jobs_, device_, trials);
    make_room(queue_, device_, trials);
    make_room(curves_, device_, std::max(longest, part(std::min(records, most_records))));
    blocks_ = blocks;
    scratch_floats_ = scratch;
    score_floats_ = scores;
}

size_t Launcher::most(std::span<const Entry> entries) const {
    size_t count = 0;
    for (int64_t records = 0; count < entries.size() && static_cast<int64_t>(count) < jobs_.size(); ++count) {
        records += entries[count].epochs;
        if (records > curves_.size()) break;
    }
    return count;
}

void Launcher::run(std::span<const Entry> wave, const Orders& orders) {
    std::vector<Job> jobs;
    std::vector<int64_t> curve_at;
    std::vector<uint32_t> queue[class_count];
    int64_t records = 0;
    std::vector<Entry> entries(wave.begin(), wave.end());
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.cost > b.cost; });
    for (const Entry& e : entries) {
        queue[e.trial->plan().team].push_back(static_cast<uint32_t>(jobs.size()));
        jobs.push_back(e.trial->job(data_.with(e.trial->settings().scaling), data_.valid_spread()));
        jobs.back().epochs = e.epochs;
        curve_at.push_back(records);
        records += e.epochs;
    }
    for (size_t i = 0; i < jobs.size(); ++i) jobs[i].curve = curves_.data() + curve_at[i];

    Launch launch{};
    std::vector<uint32_t> all;
    for (int32_t c = 0; c < class_count; ++c) {
        launch.queue[c] = queue_.data() + all.size();
        launch.queued[c] = static_cast<uint32_t>(queue[c].size());
        all.insert(all.end(), queue[c].begin(), queue[c].end());
    }
    const Words none{};
    jobs_.upload(jobs);
    queue_.upload(all);
    words_.upload({&none, 1});
    launch.jobs = jobs_.data();
    launch.next = words_.data()->next;
    launch.epochs_done = &words_.data()->epochs_done;
    launch.stop = &words_.data()->stop;
    launch.shared_bytes = setting_.shared_bytes;
    launch.scratch = scratch_.data();
    launch.scratch_floats = scratch_floats_;
    launch.scores = scores_.data();
    launch.score_floats = score_floats_;

    const auto begin = std::chrono::steady_clock::now();
    device_->start(launch, setting_.engine.precision != Precision::fp32, std::min<int32_t>(blocks_, static_cast<int32_t>(entries.size())));
    const std::exception_ptr error = attend(orders);
    read_back(entries, curve_at, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    if (error) std::rethrow_exception(error);
}

/// Until the kernel has ended. Returns what the caller threw, which asks the kernel to stop.
std::exception_ptr Launcher::attend(const Orders& orders) {
    std::exception_ptr error;
    for (bool told = false; !device_->wait(100ms);) {
        int32_t epochs = 0;
        if (orders.progress) device_->download(&epochs, &words_.data()->epochs_done, sizeof epochs);
        bool stop = told;
        try {
            if (orders.progress && !error) orders.progress(epochs);
            stop = stop || (orders.stop && orders.stop());
        } catch (...) {
            error = std::current_exception();
            stop = true;
        }
        if (!stop || told) continue;
        const int32_t one = 1;
        device_->upload(&words_.data()->stop, &one, sizeof one);
        told = true;
    }
    return error;
}

/// Counters and curves; nets stay where they are.
void Launcher::read_back(std::span<const Entry> entries, std::span<const int64_t> curve_at, double seconds) {
    std::vector<Progress> progress(entries.size());
    device_->download_parts(progress.data(), reinterpret_cast<const std::byte*>(jobs_.data()) + offsetof(Job, progress), sizeof(Progress),
                            sizeof(Job), static_cast<int64_t>(entries.size()));
    std::vector<EpochRecord> curves(static_cast<size_t>(curve_at.back() + entries.back().epochs));
    curves_.download(curves);
    double work = 0;
    const auto work_of = [&](size_t i) { return training_flops(entries[i].trial->widths()) * progress[i].trained; };
    for (size_t i = 0; i < entries.size(); ++i) work += work_of(i);
    for (size_t i = 0; i < entries.size(); ++i) {
        entries[i].trial->enter(progress[i], std::span(curves).subspan(static_cast<size_t>(curve_at[i]), static_cast<size_t>(progress[i].trained)));
        // its share of the launch's time; where no epoch was trained there is none
        if (work > 0) entries[i].trial->result.seconds += seconds * work_of(i) / work;
    }
}

} // namespace caviar::cuda
