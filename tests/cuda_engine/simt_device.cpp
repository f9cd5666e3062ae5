#include "simt_device.h"

#include "played_results.h"
#include "tests/cuda/played.h"
#include "tests/simt/harness/sanitizers.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <new>
#include <numeric>
#include <thread>

namespace caviar::cuda {
namespace {

constexpr std::align_val_t alignment{256};

/// Words that kernels may read or write meanwhile, which on a device is no race.
CAVIAR_UNSEEN void copy_words(volatile uint32_t* to, const volatile uint32_t* from, int64_t words) {
    for (int64_t i = 0; i < words; ++i) to[i] = from[i];
}

/// One thread for all launches: the harness keeps its fibers' stacks for the next launch of the same thread.
class Worker {
public:
    std::future<void> run(std::function<void()> work) {
        std::packaged_task<void()> task(std::move(work));
        auto result = task.get_future();
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
        changed_.notify_one();
        return result;
    }

private:
    void loop(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (changed_.wait(lock, stop, [&] { return !tasks_.empty(); })) {
            auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::packaged_task<void()>> tasks_;
    std::jthread thread_{[this](const std::stop_token& stop) { loop(stop); }};
};

Worker& worker() {
    static Worker one;
    return one;
}

struct Player {
    GroupedTrial* trial;
    void operator()(const Product& p) const { play(p); }
    template <class Kernel> void operator()(const Kernel& kernel) const { play(simt::Schedule{}, trial, kernel); }
};

} // namespace

DeviceKind played_kind() {
    DeviceKind kind;
    kind.name = "a played H200";
    kind.major = 9;
    kind.multiprocessors = 2;
    kind.most_warps = 64;
    kind.shared_bytes = 232448;
    kind.memory_bytes = int64_t{1} << 30;
    kind.cache_bytes = 50 << 20;
    kind.clock_hz = 1.5e9;
    kind.product_bytes = 1024;
    return kind;
}

SimtDevice::~SimtDevice() {
    if (running_.valid()) running_.wait();
    for (Lane& lane : lanes_)
        if (lane.last.valid()) lane.last.wait();
    for (const auto& [place, bytes] : memory_) ::operator delete(const_cast<char*>(place), alignment);
}

void SimtDevice::fail_if_lost(const char* doing) const {
    if (lost) throw DeviceError(std::string("the device was lost (played) while ") + doing);
}

void* SimtDevice::allocate(int64_t bytes) {
    fail_if_lost("memory was asked for");
    if (bytes > free_bytes() || refuse_after == 0) {
        if (refuse_after == 0) refuse_after = -1;
        throw OutOfDeviceMemory("no room for " + std::to_string(bytes) + " bytes");
    }
    if (refuse_after > 0) --refuse_after;
    char* const place = static_cast<char*>(::operator new(static_cast<size_t>(bytes), alignment));
    std::fill_n(reinterpret_cast<uint32_t*>(place), bytes / 4, simt::SharedMemory::pattern); // not a number
    memory_.emplace(place, bytes);
    taken_ += bytes;
    most_taken = std::max(most_taken, taken_);
    return place;
}

void SimtDevice::release(void* place) noexcept {
    const auto found = memory_.find(static_cast<char*>(place));
    if (found == memory_.end()) std::abort();
    taken_ -= found->second;
    words_.erase(words_.lower_bound(found->first), words_.lower_bound(found->first + found->second));
    memory_.erase(found);
    ::operator delete(place, alignment);
}

/// All of it must be in one allocation.
void SimtDevice::check(const void* place, int64_t bytes) const {
    const char* const at = static_cast<const char*>(place);
    auto after = memory_.upper_bound(at);
    if (after == memory_.begin() || at + bytes > std::prev(after)->first + std::prev(after)->second)
        throw DeviceError("a copy of " + std::to_string(bytes) + " bytes outside the device's memory");
}

void SimtDevice::share(const volatile void* place, int64_t bytes) {
    if (place) words_[static_cast<const char*>(const_cast<const void*>(place))] = bytes;
}

void SimtDevice::share(const Launch& launch) {
    share(launch.stop, sizeof *launch.stop);
    share(launch.epochs_done, sizeof *launch.epochs_done);
    if (!launch.ended) return;
    const auto memory = std::prev(memory_.upper_bound(reinterpret_cast<const char*>(launch.ended)));
    share(launch.ended, memory->first + memory->second - reinterpret_cast<const char*>(launch.ended));
}

bool SimtDevice::shared(const void* place) const {
    const char* const at = static_cast<const char*>(place);
    const auto after = words_.upper_bound(at);
    return busy() && after != words_.begin() && at < std::prev(after)->first + std::prev(after)->second;
}

void SimtDevice::upload(void* to, const void* from, int64_t bytes) {
    fail_if_lost("copying to it");
    check(to, bytes);
    if (shared(to))
        copy_words(static_cast<uint32_t*>(to), static_cast<const uint32_t*>(from), bytes / 4);
    else
        std::memcpy(to, from, static_cast<size_t>(bytes));
}

void SimtDevice::download(void* to, const void* from, int64_t bytes) {
    fail_if_lost("copying from it");
    check(from, bytes);
    if (shared(from)) {
        copy_words(static_cast<uint32_t*>(to), static_cast<const uint32_t*>(from), bytes / 4);
        simt::order_after(from); // what a fence put before the atomic that wrote it
    } else {
        std::memcpy(to, from, static_cast<size_t>(bytes));
    }
    if (simt::unwritten(to, bytes / 4)) throw simt::Fault("a copy from the device of what was never written there");
    count_read_back(bytes);
}

void SimtDevice::copy(void* to, const void* from, int64_t bytes) {
    fail_if_lost("copying within it");
    check(to, bytes);
    check(from, bytes);
    std::memcpy(to, from, static_cast<size_t>(bytes));
    if (simt::unwritten(to, bytes / 4)) throw simt::Fault("a copy within the device of what was never written there");
}

void SimtDevice::rank(const Results& r) {
    fail_if_lost("results were ranked");
    if (busy()) throw DeviceError("results are ranked before all have ended");
    check(r.ended, r.count * 4);
    check(r.losses, r.count * 4);
    check(r.rank, r.count * 4);
    check(r.progress, r.count * static_cast<int64_t>(sizeof(Progress)));
    check(r.curve_end, r.count * 8);
    play_ranking(r);
}

void SimtDevice::gather_curves(const Results& r, int64_t first, int64_t count, EpochRecord* to) {
    fail_if_lost("curves were gathered");
    check(to, count * static_cast<int64_t>(sizeof(EpochRecord)));
    play_gathering(r, first, count, to);
}

void SimtDevice::start(const Launch& launch, bool matrix, int32_t blocks) {
    fail_if_lost("a kernel was started");
    if (std::exchange(refuse_start, false)) throw OutOfDeviceMemory("no memory for a kernel (played)");
    ++launches;
    grids.push_back(blocks);
    prepared.push_back(prepared_);
    trained.push_back(std::accumulate(launch.queued, launch.queued + class_count, 0u));
    share(launch);
    simt::Schedule schedule;
    schedule.resident_blocks = static_cast<unsigned>(blocks);
    play([=] { cuda::play(schedule, static_cast<unsigned>(blocks), matrix, launch); });
}

void SimtDevice::start(const Prediction& prediction, int32_t blocks) {
    fail_if_lost("a kernel was started");
    play([=] { cuda::play(simt::Schedule{}, static_cast<unsigned>(blocks), prediction); });
}

bool SimtDevice::busy() const {
    return running_.valid() || std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& l) { return l.last.valid(); });
}

void SimtDevice::open_lanes(int32_t count) {
    if (lanes_.size() < static_cast<size_t>(count)) lanes_.resize(static_cast<size_t>(count));
}

int32_t SimtDevice::prepare(int32_t lane, const Series& series) {
    fail_if_lost("operations were made ready");
    if (refuse_series_after >= 0 && refuse_series_after-- == 0) throw OutOfDeviceMemory("no memory for a series (played)");
    ++prepared_;
    share(&series.trial->news, sizeof series.trial->news);
    for (const Operation& operation : series.operations)
        if (const auto* opening = std::get_if<Opening>(&operation)) share(opening->launch);
    auto& all = lanes_.at(static_cast<size_t>(lane)).series;
    all.push_back(series);
    return static_cast<int32_t>(all.size()) - 1;
}

void SimtDevice::submit(int32_t lane, int32_t number) {
    fail_if_lost("operations were submitted");
    if (failed_) throw DeviceError("an operation failed (played)");
    ++submitted;
    Lane& l = lanes_.at(static_cast<size_t>(lane));
    const Series& series = l.series.at(static_cast<size_t>(number));
    l.last = worker().run([&series, this] {
        try {
            for (const Operation& operation : series.operations) std::visit(Player{series.trial}, operation);
        } catch (...) {
            failed_ = true;
            throw;
        }
    });
}

void SimtDevice::forget(int32_t lane) {
    Lane& l = lanes_.at(static_cast<size_t>(lane));
    try {
        if (l.last.valid()) std::exchange(l.last, {}).get();
    } catch (const std::exception& e) {
        throw DeviceError(std::string("an operation failed: ") + e.what());
    }
    l.series.clear();
    fail_if_lost("a lane was waited for");
}

/// On another thread, as a device would.
void SimtDevice::play(std::function<void()> kernel) {
    if (running_.valid()) throw DeviceError("a kernel is running already");
    running_ = worker().run(std::move(kernel));
}

bool SimtDevice::wait(std::chrono::milliseconds time) {
    if (running_.wait_for(time) == std::future_status::timeout) return false;
    try {
        std::exchange(running_, {}).get();
    } catch (const std::exception& e) {
        throw DeviceError(std::string("the kernel failed: ") + e.what());
    }
    fail_if_lost("a kernel ran");
    return true;
}

} // namespace caviar::cuda
