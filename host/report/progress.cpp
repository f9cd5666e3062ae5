#include "host/report/progress.h"

#include "host/report/numbers.h"
#include "host/report/text.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace caviar::report {
namespace {

struct Piece {
    std::string text;
    int importance; ///< the lowest goes first where the line is too long
    Colour colour;
    bool tinted;
};

constexpr int bar_width = 20;

std::string bar(double share) {
    const int full = static_cast<int>(std::clamp(share, 0.0, 1.0) * bar_width);
    std::string text(static_cast<size_t>(full), '=');
    if (full < bar_width) text += '>';
    text.resize(bar_width, ' ');
    return "[" + text + "]";
}

std::vector<Piece> pieces(const SweepProgress& p, Metric metric, int64_t already_done) {
    std::vector<Piece> line;
    line.push_back({"round " + std::to_string(p.round + 1), 2, Colour::dim, true});
    if (p.trials_in_all > 0) line.push_back({bar(static_cast<double>(p.trials_done) / static_cast<double>(p.trials_in_all)), 1, Colour::cyan, true});
    line.push_back({count(p.trials_done) + (p.trials_in_all > 0 ? " of " + count(p.trials_in_all) : "") + " trials", 6, Colour::bold, false});
    const int64_t done = p.trials_done - already_done;
    if (done > 0 && p.seconds > 0) {
        const double per_second = static_cast<double>(done) / p.seconds;
        line.push_back({rate(per_second), 3, Colour::dim, false});
        if (p.trials_in_all > p.trials_done)
            line.push_back({duration(static_cast<double>(p.trials_in_all - p.trials_done) / per_second) + " left", 4, Colour::dim, false});
    }
    if (p.best)
        line.push_back({"best " + to_string(metric) + " " + significant(best_metric(*p.best, metric)) + " (trial " + std::to_string(p.best->trial.id) + ")",
                        5, Colour::green, true});
    return line;
}

int width_of(const std::vector<Piece>& line) {
    int width = -2;
    for (const Piece& piece : line) width += display_width(piece.text) + 2;
    return width;
}

std::string joined(const std::vector<Piece>& line, bool colour) {
    std::string text;
    for (const Piece& piece : line) text += (text.empty() ? "" : "  ") + coloured(piece.text, piece.colour, colour && piece.tinted);
    return text;
}

} // namespace

double best_metric(const TrialRow& row, Metric metric) {
    if (!std::isnan(row.metric)) return row.metric;
    const auto epoch = static_cast<size_t>(std::max(row.result.best_epoch, 0));
    if (row.result.best_epoch >= 0 && epoch < row.result.curve.size()) return row.result.curve[epoch].valid_metric;
    return higher_is_better(metric) ? -row.score.badness : row.score.badness;
}

std::string progress_line(const SweepProgress& progress, Metric metric, const ProgressStyle& style) {
    std::vector<Piece> line = pieces(progress, metric, style.already_done);
    const int room = std::max(style.width - 1, 1);
    const auto less = [](const Piece& a, const Piece& b) { return a.importance < b.importance; };
    while (line.size() > 1 && width_of(line) > room) line.erase(std::min_element(line.begin(), line.end(), less));
    if (width_of(line) > room) return truncate(line.front().text, room);
    return joined(line, style.colour);
}

std::string progress_text(const SweepProgress& progress, Metric metric, int64_t already_done) {
    std::vector<Piece> line = pieces(progress, metric, already_done);
    std::erase_if(line, [](const Piece& piece) { return piece.importance == 1; });
    return joined(line, false);
}

} // namespace caviar::report
