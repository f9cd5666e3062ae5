#include "host/cli/panda_screen.h"

#include "host/report/chart.h"
#include "host/report/numbers.h"
#include "host/report/text.h"

#include <algorithm>

namespace caviar::cli {

namespace {

using report::Colour;
using Lines = std::vector<std::string>;

report::Series series(const PandaView& view, const std::string& name, float EpochLosses::*member, char glyph, Colour colour) {
    report::Series s{name, {}, glyph, colour};
    for (const EpochLosses& e : view.curve) s.values.push_back(static_cast<double>(e.*member));
    return s;
}

std::string title(const PandaView& view) {
    std::string text = "branch " + std::to_string(view.branch) +
                       (view.branches > 1 ? " of " + std::to_string(view.branches) : "") + "  epoch " +
                       std::to_string(view.curve.size()) + " (goal " + std::to_string(view.goal) + ")  " +
                       (view.running ? "training" : "paused");
    if (!view.curve.empty()) {
        const EpochLosses& last = view.curve.back();
        if (view.best_epoch >= 0)
            text += "  best " + view.metric + " " +
                    report::significant(view.curve[static_cast<size_t>(view.best_epoch)].valid_metric) + " at " +
                    std::to_string(view.best_epoch + 1);
        text += "  loss " + report::significant(last.train_loss, 3) + " / " + report::significant(last.valid_loss, 3);
    }
    return text + "  " + view.name;
}

Lines charts(const PandaView& view, int width, int height, bool colour) {
    const std::vector<report::Series> losses{series(view, "training loss", &EpochLosses::train_loss, '.', Colour::cyan),
                                             series(view, "validation loss", &EpochLosses::valid_loss, 'o', Colour::yellow)};
    const std::vector<report::Series> metric{
        series(view, "validation " + view.metric, &EpochLosses::valid_metric, '+', Colour::green)};
    if (width >= 100) {
        const int half = width / 2 - 1;
        Lines left = report::chart(losses, half, height, colour), right = report::chart(metric, half, height, colour);
        for (size_t i = 0; i < left.size(); ++i) left[i] += "  " + right[i];
        return left;
    }
    if (height < 12) return report::chart(losses, width, height, colour);
    Lines lines = report::chart(losses, width, height - height / 2, colour);
    const Lines below = report::chart(metric, width, height / 2, colour);
    lines.insert(lines.end(), below.begin(), below.end());
    return lines;
}

/// The last lines of all messages, long ones folded.
Lines last_lines(const std::deque<std::string>& messages, int width, size_t most) {
    Lines lines;
    const std::string margin = width >= 20 ? "  " : "";
    for (const std::string& message : messages) {
        size_t begin = 0;
        while (begin <= message.size()) {
            const size_t end = std::min(message.find('\n', begin), message.size());
            std::string rest = report::printable(message.substr(begin, end - begin));
            while (report::display_width(rest) > width) {
                size_t cut = rest.rfind(' ', static_cast<size_t>(width));
                if (cut == std::string::npos || cut < static_cast<size_t>(width) / 2) cut = static_cast<size_t>(width);
                while (cut > 1 && cut < rest.size() && (static_cast<unsigned char>(rest[cut]) & 0xC0) == 0x80)
                    --cut; // characters stay whole
                if (cut == 0 || cut >= rest.size()) break;
                lines.push_back(report::truncate(rest.substr(0, cut), width));
                rest = margin + rest.substr(cut + (rest[cut] == ' ' ? 1 : 0));
            }
            lines.push_back(report::truncate(rest, width));
            begin = end + 1;
            if (begin == message.size()) break; // a line feed at the end begins no line
        }
    }
    if (lines.size() > most) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most));
    return lines;
}

} // namespace

PandaView view_of(const panda::Driver& driver, const std::string& data_name) {
    const panda::Session& s = driver.session();
    return {data_name,
            s.branch(),
            s.study().size(),
            s.goal(),
            driver.running(),
            panda::settings_line(s.settings(), true),
            to_string(s.metric()),
            s.result().best_epoch,
            s.result().curve};
}

std::vector<std::string> panda_screen(const PandaView& view, const std::deque<std::string>& messages, int width, int height,
                                      bool colour) {
    Lines lines;
    const size_t room = static_cast<size_t>(std::max(height, 1));
    // Messages get a third, or what the last one takes where it is longer (a table, the help).
    size_t most = std::max<size_t>(1, room / 3);
    if (!messages.empty()) most = std::max(most, std::min(last_lines({messages.back()}, width, room).size(), room - std::min<size_t>(room, 2)));
    const Lines said = last_lines(messages, width, most);
    const int left = height - 3 - static_cast<int>(said.size());
    lines.push_back(report::coloured(report::truncate(title(view), width), Colour::bold, colour));
    if (left >= 5) {
        const Lines drawn = charts(view, width, left, colour);
        lines.insert(lines.end(), drawn.begin(), drawn.end());
    }
    lines.push_back(report::coloured(report::truncate(view.settings, width), Colour::dim, colour));
    while (lines.size() + said.size() + 1 < room) lines.emplace_back();
    lines.insert(lines.end(), said.begin(), said.end());
    while (lines.size() < room) lines.emplace_back();
    lines.resize(room);
    return lines;
}

} // namespace caviar::cli
