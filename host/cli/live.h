#pragma once
/// Progress while a sweep runs: one live line on a terminal, plain lines in a log.

#include "host/cli/command.h"

#include "caviar/sweep.h"

#include <chrono>

namespace caviar::cli {

/// Feed it every SweepProgress; `clear` (or the end of its life) takes the live line away. Not for more than one thread.
class Live {
public:
    /// already_done: trials that a resumed study brought along.
    Live(Context&, Metric, int64_t already_done);
    ~Live() { clear(); }
    Live(const Live&) = delete;
    Live& operator=(const Live&) = delete;
    void show(const SweepProgress&);
    void clear();

private:
    using Clock = std::chrono::steady_clock;
    Context& context_;
    Metric metric_;
    int64_t already_done_;
    bool drawn_ = false;
    Clock::time_point last_ = Clock::now();
};

} // namespace caviar::cli
