#pragma once
/// What Python wants while we train: its signals looked after (Ctrl-C), and news of the progress.

#include <nanobind/nanobind.h>

#include <chrono>
#include <exception>
#include <stop_token>
#include <utility>

namespace caviar::python {

/// Made and ended with the interpreter's lock held; `look` is called without it, on the thread that made this one. What a signal or the
/// callback raises asks `stop` to stop, so that everything finished is saved first; `raise` then raises it.
class Attention {
public:
    explicit Attention(nanobind::object callback) : callback_(std::move(callback)) {}

    std::stop_token stop() const { return stop_.get_token(); }

    /// `news()` gives the callback's arguments as a tuple. A few times a second at most, unless it is `urgent`.
    template <class News> void look(const News& news, bool urgent = false) {
        using namespace std::chrono_literals;
        const auto now = std::chrono::steady_clock::now();
        if (error_ || (!urgent && now - looked_ < 50ms)) return;
        looked_ = now;
        const nanobind::gil_scoped_acquire lock;
        try {
            if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
            if (!callback_.is_none()) callback_(*news());
        } catch (...) {
            error_ = std::current_exception();
            stop_.request_stop();
        }
    }

    void raise() const {
        if (error_) std::rethrow_exception(error_);
    }

private:
    nanobind::object callback_; ///< or None
    std::stop_source stop_;
    std::exception_ptr error_;
    std::chrono::steady_clock::time_point looked_{};
};

} // namespace caviar::python
