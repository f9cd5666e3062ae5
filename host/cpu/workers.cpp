#include "host/cpu/workers.h"

#include "caviar/error.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace caviar::cpu {
namespace {

/// What workers tell the calling thread.
struct Board {
    std::atomic<size_t> next{0};
    std::atomic<bool> cancelled{false};
    std::atomic<int64_t> epochs{0};

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<TrialResult> finished; // under the mutex, as are the next two
    size_t running = 0;
    std::exception_ptr error;
};

void work(Board& board, size_t worker, const std::vector<LiveTrial*>& queue, const TrainOne& train, const Trainer::Orders& orders,
          bool wants_results) {
    std::exception_ptr error;
    try {
        while (!orders.stop()) {
            const size_t i = board.next.fetch_add(1);
            if (i >= queue.size()) break;
            try {
                const bool finished = train(worker, *queue[i], orders);
                if (!finished) continue;
            } catch (const std::bad_alloc&) {
                throw DeviceError("trial " + std::to_string(queue[i]->result.id) +
                                  ": not enough memory for its net; train fewer or smaller trials at a time");
            }
            const std::lock_guard lock(board.mutex);
            board.finished.push_back(wants_results ? queue[i]->result : TrialResult{});
            board.changed.notify_one();
        }
    } catch (...) {
        error = std::current_exception();
    }
    const std::lock_guard lock(board.mutex);
    if (error) {
        board.cancelled = true;
        if (!board.error) board.error = error;
    }
    --board.running;
    board.changed.notify_one();
}

/// Passes on what the workers report until the last has ended.
void attend(Board& board, const TrainControl& control) {
    int64_t done = 0;
    for (bool running = true; running;) {
        std::vector<TrialResult> news;
        {
            std::unique_lock lock(board.mutex);
            board.changed.wait_for(lock, std::chrono::milliseconds(200), [&] { return !board.finished.empty() || board.running == 0; });
            news.swap(board.finished);
            running = board.running > 0;
        }
        done += static_cast<int64_t>(news.size());
        if (control.on_finished)
            for (TrialResult& result : news) control.on_finished(std::move(result));
        if (control.on_progress) control.on_progress(done, board.epochs.load());
    }
}

} // namespace

void run_workers(size_t workers, const std::vector<LiveTrial*>& queue, const TrainControl& control, const TrainOne& train) {
    Board board;
    const Trainer::Orders orders{[&] { return board.cancelled.load(std::memory_order_relaxed) || control.stop.stop_requested(); },
                                 [&] { board.epochs.fetch_add(1, std::memory_order_relaxed); }};
    board.running = workers;
    {
        std::vector<std::jthread> threads;
        try {
            for (size_t w = 0; w < workers; ++w)
                threads.emplace_back([&, w] { work(board, w, queue, train, orders, static_cast<bool>(control.on_finished)); });
            attend(board, control);
        } catch (...) {
            board.cancelled = true; // the threads end, and are joined, before the exception goes on
            throw;
        }
    }
    if (board.error) std::rethrow_exception(board.error);
}

} // namespace caviar::cpu
