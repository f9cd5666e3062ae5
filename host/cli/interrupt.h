#pragma once
/// Ctrl-C, once and twice.

#include "host/cli/command.h"

#include <string>
#include <thread>

namespace caviar::cli {

/// While one lives, SIGINT and SIGTERM ask `context.interrupt` to stop; the second one ends the process at once with 130.
/// Make it before any other thread: threads inherit that these signals are blocked, and only this one takes them up, so
/// nothing has to be safe inside a signal handler. `first` is what the first one says. Commands without one end on Ctrl-C as any program does.
class Interrupt {
public:
    explicit Interrupt(Context&, std::string first = "Stopping: saving the trials that are finished; those under way start again on resume.");
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

private:
    std::jthread watcher_;
};

} // namespace caviar::cli
