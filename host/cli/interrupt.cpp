#include "host/cli/interrupt.h"

#include <csignal>
#include <cstdlib>
#include <ctime>

#include <utility>

#include <pthread.h>
#include <unistd.h>

namespace caviar::cli {

namespace {

sigset_t watched() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

/// write(2) rather than a stream: the main thread may be in the middle of one.
void say(const char* text, size_t length) {
    [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, text, length);
}

void watch(std::stop_token ended, std::stop_source interrupt, const std::string& first) {
    constexpr char second[] = "\nStopped. What was recorded is kept.\n";
    const sigset_t signals = watched();
    const timespec tenth{0, 100'000'000}; // how long the end of the command may wait for this thread
    while (!ended.stop_requested()) {
        if (sigtimedwait(&signals, nullptr, &tenth) < 0) continue;
        if (interrupt.request_stop()) {
            say(first.data(), first.size());
        } else {
            say(second, sizeof second - 1);
            _exit(static_cast<int>(ExitCode::interrupted)); // no destructors: they would wait for the trials in hand
        }
    }
}

} // namespace

Interrupt::Interrupt(Context& context, std::string first) {
    if (!first.empty()) first = "\n" + first + " Ctrl-C again stops at once.\n";
    const sigset_t signals = watched();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    watcher_ = std::jthread([source = context.interrupt, said = std::move(first)](std::stop_token ended) { watch(ended, source, said); });
}

Interrupt::~Interrupt() {
    watcher_.request_stop();
    watcher_.join();
    const sigset_t signals = watched();
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

} // namespace caviar::cli
