#include "cuda/launcher.h"

#include "host/core/cost.h"
#include "host/core/wall_clock.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace caviar::cuda {
namespace {

using namespace std::chrono_literals;

/// One launch takes no more: what it needs besides the nets stays small.
constexpr int64_t most_trials = int64_t{1} << 16, most_records = int64_t{1} << 24;

/// Grouped trials under way at once: enough to fill a device with products of a few dozen tiles each.
constexpr int32_t most_lanes = 8;
/// How often the lanes are looked after, and how often the caller is told.
constexpr auto short_while = 1ms, while_between_news = 100ms;

constexpr int64_t whole(int64_t floats) { return (floats + 63) / 64 * 64; } ///< multiples of 256 bytes
constexpr int64_t trial_floats = whole((static_cast<int64_t>(sizeof(GroupedTrial)) + 3) / 4);

bool is_grouped(const Launcher::Entry& e) { return e.trial->plan().tier == Tier::grouped; }

} // namespace

Launcher::Launcher(std::shared_ptr<Device> device, const Setting& setting, Ledger& ledger)
    : device_(std::move(device)), setting_(setting), ledger_(ledger), data_(device_, setting.data), words_(device_, 1), results_(device_) {}

void Launcher::load(std::span<const Entry> entries) {
    for (const Entry& e : entries) data_.with(e.trial->settings().scaling);
}

void Launcher::reserve(std::span<const Entry> entries, int32_t share) {
    int64_t scratch = scratch_floats_, scores = score_floats_, lane = lane_floats_, records = 0, longest = 1, grouped = 0;
    int32_t score_teams = score_teams_;
    for (const Entry& e : entries) {
        if (!is_grouped(e)) score_teams = std::max(score_teams, team_class(e.trial->plan().team).teams);
        scores = std::max(scores, score_columns(setting_.options.metric, e.trial->widths().back()) * setting_.data.rows(Part::valid));
        if (e.trial->plan().tier == Tier::streamed) scratch = std::max(scratch, e.trial->workspace_floats());
        if (is_grouped(e)) {
            lane = std::max(lane, e.trial->workspace_floats());
            ++grouped;
        }
        records += e.epochs;
        longest = std::max<int64_t>(longest, e.epochs);
    }
    const auto part = [share](int64_t of) { return (of + share - 1) / share; };
    const auto count = static_cast<int64_t>(entries.size());
    const int64_t trials = part(std::min(count, most_trials));
    const int32_t blocks = grouped < count ? static_cast<int32_t>(part(device_->kind().multiprocessors)) : 0;
    const int32_t lanes = static_cast<int32_t>(part(std::min<int64_t>(grouped, most_lanes)));
    blocks_ = lane_count_ = 0; // until all is there
    make_room(scratch_, device_, blocks * scratch);
    make_room(scores_, device_, int64_t{blocks} * score_teams * scores);
    make_room(lanes_, device_, lanes * (trial_floats + whole(lane) + whole(scores) + whole(device_->kind().product_bytes / 4)));
    device_->open_lanes(lanes);
    make_room(jobs_, device_, trials);
    make_room(queue_, device_, trials);
    results_.reserve(trials, std::max(longest, part(std::min(records, most_records))));
    blocks_ = blocks;
    lane_count_ = lanes;
    lane_floats_ = lane;
    scratch_floats_ = scratch;
    score_floats_ = scores;
    score_teams_ = score_teams;
}

void Launcher::release() {
    blocks_ = lane_count_ = score_teams_ = 0;
    scratch_floats_ = score_floats_ = lane_floats_ = 0;
    for (DeviceArray<float>* floats : {&scratch_, &scores_, &lanes_}) *floats = {};
    jobs_ = {};
    queue_ = {};
    results_.release();
}

/// Lane by lane what its trial works in, all at multiples of 256 bytes.
std::vector<LaneMemory> Launcher::lane_memory() const {
    std::vector<LaneMemory> lanes;
    float* place = lanes_.data();
    for (int32_t i = 0; i < lane_count_; ++i) {
        LaneMemory lane{};
        lane.trial = reinterpret_cast<GroupedTrial*>(place);
        lane.memory = place + trial_floats;
        lane.scores = lane.memory + whole(lane_floats_);
        lane.workspace = lane.scores + whole(score_floats_);
        place = lane.scores + whole(score_floats_) + whole(device_->kind().product_bytes / 4);
        lanes.push_back(lane);
    }
    return lanes;
}

size_t Launcher::most(std::span<const Entry> entries) const {
    size_t count = 0;
    for (int64_t records = 0; count < entries.size() && static_cast<int64_t>(count) < jobs_.size(); ++count) {
        records += entries[count].epochs;
        if (records > results_.records()) break;
    }
    return count;
}

Launcher::Outcome Launcher::run(std::span<const Entry> trials, const Orders& orders) {
    Wave wave;
    wave.entries.assign(trials.begin(), trials.end());
    std::stable_sort(wave.entries.begin(), wave.entries.end(), [](const Entry& a, const Entry& b) { return a.clocks > b.clocks; });
    std::vector<Job> jobs;
    std::vector<uint32_t> queue[class_count];
    std::vector<Feeder::Trial> grouped;
    int64_t records = 0;
    double flops = 0;
    for (const Entry& e : wave.entries) {
        const auto index = static_cast<uint32_t>(jobs.size());
        Job& job = jobs.emplace_back(e.trial->job(data_.with(e.trial->settings().scaling), data_.valid_spread()));
        job.epochs = e.epochs;
        job.curve = results_.curves() + records;
        if (is_grouped(e))
            grouped.push_back({job, index});
        else
            queue[e.trial->plan().team].push_back(index);
        wave.curve_at.push_back(records);
        records += e.epochs;
        flops += e.flops;
        wave.parts[e.trial->plan().tier].result_bytes += static_cast<int64_t>(sizeof(Progress) + static_cast<size_t>(e.epochs) * sizeof(EpochRecord));
    }
    wave.flops_an_epoch = flops / static_cast<double>(std::max<int64_t>(1, records));

    const auto others = static_cast<int32_t>(jobs.size() - grouped.size());
    const Launch launch = launch_of(jobs, queue);
    wave.feeder = std::make_unique<Feeder>(device_, launch, std::move(grouped), lane_memory());
    const int64_t read_before = device_->bytes_read_back();
    for (const Entry& e : wave.entries) e.trial->take();
    wave.begin = std::chrono::steady_clock::now();
    wave.began = wall_clock();
    std::exception_ptr error;
    try {
        if (others > 0) wave.feeder->load_products();
        wave.feeder->feed(); // also loads the lanes' own kernels
        if (others > 0) start(wave, launch, others);
        error = attend(wave, orders);
    } catch (...) {
        end_early(wave);
        throw;
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - wave.begin;
    std::vector<LiveTrial*> rest = enter(wave, true);
    Tally tally;
    device_->download(&tally, launch.tally, sizeof tally);
    enter_busy(tally, device_->kind(), wave.parts);
    ledger_.enter(wave.parts, seconds.count(), device_->bytes_read_back() - read_before);
    for (const Entry& e : wave.entries) e.trial->hand_back(); // those that did not begin
    if (error) std::rethrow_exception(error);
    return {wave.refused ? wave.refused : wave.feeder->refused(), std::move(rest)};
}

/// The kernel keeps every multiprocessor that it gets until its queues are empty. Lanes would wait for all of them: they are left their share
/// of the operations, as both then end at about the same time. No trial's bits hang on it.
int32_t Launcher::blocks_for(const Wave& wave) const {
    double all = 0, grouped = 0;
    for (const Entry& e : wave.entries) {
        all += e.flops;
        if (is_grouped(e)) grouped += e.flops;
    }
    if (grouped <= 0) return blocks_;
    const int32_t multiprocessors = device_->kind().multiprocessors;
    const auto lanes_share = static_cast<int32_t>(std::ceil(multiprocessors * grouped / all));
    return std::max(1, std::min(blocks_, multiprocessors - lanes_share));
}

void Launcher::start(Wave& wave, const Launch& launch, int32_t others) {
    try {
        device_->start(launch, setting_.engine.precision != Precision::fp32, std::min(blocks_for(wave), others));
        wave.kernel = true;
        if (const auto limit = device_->kind().kernel_limit; limit.count() > 0) wave.pause = std::chrono::steady_clock::now() + limit;
    } catch (const OutOfDeviceMemory&) { // the lanes' trials go on
        wave.refused = std::current_exception();
        wave.feeder->close();
    }
}

/// Something failed while the kernel runs: it is asked to stop and waited for, as what it works on is about to go.
void Launcher::end_early(Wave& wave) noexcept {
    try {
        const int32_t one = 1;
        device_->upload(&words_.data()->stop, &one, sizeof one);
        while (wave.kernel) wave.kernel = !device_->wait(while_between_news);
    } catch (...) { // the device is lost: nothing runs on it
    }
}

/// What the kernels are given; all that it points to is on the device when this returns.
Launch Launcher::launch_of(const std::vector<Job>& jobs, const std::vector<uint32_t> (&queue)[class_count]) {
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
    results_.clear(jobs.size());
    launch.jobs = jobs_.data();
    launch.next = words_.data()->next;
    launch.epochs_done = &words_.data()->epochs_done;
    launch.stop = &words_.data()->stop;
    launch.ended = results_.ended();
    launch.tally = &words_.data()->tally;
    launch.shared_bytes = setting_.shared_bytes;
    launch.scratch = scratch_.data();
    launch.scratch_floats = scratch_floats_;
    launch.scores = scores_.data();
    launch.score_floats = score_floats_;
    launch.score_teams = score_teams_;
    return launch;
}

/// Looks after lanes and kernel for so long. True: all has ended.
bool Launcher::go_on(Wave& wave, std::chrono::milliseconds time) {
    const auto now = std::chrono::steady_clock::now();
    const auto until = wave.pause > now ? std::min(now + time, wave.pause) : now + time;
    do {
        const bool lanes = wave.feeder->feed();
        if (wave.kernel) wave.kernel = !device_->wait(lanes ? short_while : std::chrono::ceil<std::chrono::milliseconds>(until - now));
        if (!lanes && !wave.kernel) return true;
        if (!wave.kernel) std::this_thread::sleep_for(short_while / 5); // what the lanes have been given takes longer
    } while (std::chrono::steady_clock::now() < until);
    return false;
}

/// Until all has ended. Returns what the caller threw, which asks the trials to stop.
std::exception_ptr Launcher::attend(Wave& wave, const Orders& orders) {
    std::exception_ptr error;
    bool told = false; // to stop
    const auto ask = [&](const auto& caller) {
        bool stop = false;
        try {
            stop = caller();
        } catch (...) {
            error = std::current_exception();
        }
        const bool pause = wave.kernel && std::chrono::steady_clock::now() >= wave.pause;
        if (told || (!stop && !error && !pause)) return;
        const int32_t one = 1;
        device_->upload(&words_.data()->stop, &one, sizeof one);
        wave.feeder->close();
        told = true;
    };
    for (auto last_news = wave.begin; !go_on(wave, results_.behind() && !error ? 0ms : while_between_news);) {
        if (error) continue;
        std::vector<LiveTrial*> entered;
        if (orders.ended) entered = enter(wave, false);
        const bool news = orders.progress && std::chrono::steady_clock::now() - last_news >= while_between_news;
        int32_t epochs = 0;
        if (news) {
            last_news = std::chrono::steady_clock::now();
            device_->download(&epochs, &words_.data()->epochs_done, sizeof epochs);
        }
        ask([&] {
            for (LiveTrial* trial : entered) orders.ended(*trial);
            if (news) orders.progress(epochs);
            return orders.stop && orders.stop();
        });
    }
    return error;
}

/// Enters the results of trials that the device is done with, or some of them; nets stay where they are. With `all` nothing runs any more:
/// those that did not begin have no results.
std::vector<LiveTrial*> Launcher::enter(Wave& wave, bool all) {
    std::vector<LiveTrial*> entered;
    const std::vector<LaunchResults::One> results = all ? results_.rest(jobs_.data()) : results_.some(jobs_.data(), wave.curve_at);
    if (results.empty()) return entered;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - wave.begin).count();
    const double now = wall_clock();
    int32_t epochs = 0;
    device_->download(&epochs, &words_.data()->epochs_done, sizeof epochs);
    for (const auto& [job, p, curve] : results) {
        const Entry& entry = wave.entries[job];
        entry.trial->enter(p, curve);
        Ledger::Part& part = wave.parts[entry.trial->plan().tier];
        part.trials += p.trained > 0;
        part.flops += training_flops(entry.trial->widths()) * static_cast<double>(setting_.data.rows(Part::train)) * p.trained;
        // Its share of the launch's time, by its share of the operations so far.
        const double flops_an_epoch = entry.epochs > 0 ? entry.flops / entry.epochs : 0, so_far = wave.flops_an_epoch * epochs;
        if (so_far > 0) entry.trial->result.seconds += seconds * flops_an_epoch * p.trained / so_far;
        if (p.trained > 0) entry.trial->result.worked_on(wave.began, now);
        entered.push_back(entry.trial);
    }
    return entered;
}

} // namespace caviar::cuda
