#include "host/cli/live.h"

#include "host/report/progress.h"

#include <algorithm>
#include <sstream>
#include <string>

namespace caviar::cli {

namespace {

constexpr auto redraw = std::chrono::milliseconds(100); // faster than this is flicker
constexpr auto log_line = std::chrono::seconds(10);
constexpr const char* erase = "\r\x1b[K"; // to the line's beginning, erase to its end

/// Lines wider than the terminal are broken at a space; what follows is set in as far as the second column of a round's box.
std::string folded(const std::string& text, int width) {
    const size_t room = static_cast<size_t>(std::max(width, 40)) - 1, margin = std::min<size_t>(17, room / 3);
    std::string out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        while (line.size() > room) { // box texts are ASCII: bytes are columns
            const size_t space = line.rfind(' ', room);
            if (space == std::string::npos || space <= margin) break;
            out += line.substr(0, space) + '\n';
            line = std::string(margin, ' ') + line.substr(space + 1);
        }
        out += line + '\n';
    }
    if (!out.empty()) out.pop_back();
    return out;
}

} // namespace

Live::Live(Context& context, Metric metric, int64_t already_done)
    : context_(context), metric_(metric), already_done_(already_done) {}

void Live::clear() {
    if (drawn_) context_.err << erase << std::flush;
    drawn_ = false;
}

void Live::show(const SweepProgress& progress) {
    if (!progress.message.empty()) {
        clear();
        note(context_, context_.err_is_terminal ? folded(progress.message, context_.width) : progress.message);
    }
    if (context_.quiet) return;
    const Clock::time_point now = Clock::now();
    if (context_.err_is_terminal) {
        if (drawn_ && now - last_ < redraw) return;
        const report::ProgressStyle style{context_.width, context_.err_color, already_done_};
        // One string, one write: the terminal never sees an empty line in between.
        context_.err << "\r" + report::progress_line(progress, metric_, style) + "\x1b[K" << std::flush;
        drawn_ = true;
    } else {
        if (now - last_ < log_line) return;
        context_.err << report::progress_text(progress, metric_, already_done_) << std::endl;
    }
    last_ = now;
}

} // namespace caviar::cli
