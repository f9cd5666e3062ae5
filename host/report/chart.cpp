#include "host/report/chart.h"

#include "host/report/numbers.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace caviar::report {

namespace {

constexpr int label_width = 11; ///< of the scale, with the line beside it
constexpr double log_from = 10;

struct Scale {
    bool logarithmic = false;
    double low = 0, high = 1; ///< of the plot, after `along`

    double along(double value) const { return logarithmic ? std::log10(value) : value; }
    double value(double share) const {
        const double at = low + (high - low) * share;
        return logarithmic ? std::pow(10, at) : at;
    }
};

Scale scale_of(const std::vector<Series>& series) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const Series& s : series)
        for (const double v : s.values)
            if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
    Scale scale;
    if (!(low <= high)) return scale;
    scale.logarithmic = low > 0 && high >= log_from * low;
    scale.low = scale.along(low);
    scale.high = scale.along(high);
    if (scale.low == scale.high) {
        const double room = scale.low == 0 ? 1 : std::abs(scale.low) * 0.1;
        scale.low -= room;
        scale.high += room;
    }
    return scale;
}

/// The height of a curve in each of `columns`, from 0 to 1; NaN where there is none.
std::vector<double> heights(const std::vector<double>& values, size_t epochs, size_t columns, const Scale& scale) {
    std::vector<double> result(columns, std::numeric_limits<double>::quiet_NaN());
    const auto height = [&](double v) { return (scale.along(v) - scale.low) / (scale.high - scale.low); };
    for (size_t c = 0; c < columns; ++c) {
        if (epochs > columns) {
            double sum = 0;
            int count = 0;
            for (size_t e = c * epochs / columns; e < std::min((c + 1) * epochs / columns, values.size()); ++e)
                if (std::isfinite(values[e])) sum += values[e], ++count;
            if (count > 0) result[c] = height(sum / count);
        } else if (!values.empty()) {
            const double at = columns > 1 ? static_cast<double>(c) * static_cast<double>(std::max<size_t>(epochs - 1, 1)) /
                                                static_cast<double>(columns - 1)
                                          : 0;
            const auto e = static_cast<size_t>(at);
            const double share = at - static_cast<double>(e);
            if (e >= values.size() || !std::isfinite(values[e])) continue;
            if (e + 1 < values.size() && std::isfinite(values[e + 1]))
                result[c] = (1 - share) * height(values[e]) + share * height(values[e + 1]);
            else if (share == 0 || values.size() == 1)
                result[c] = height(values[e]);
        }
    }
    return result;
}

} // namespace

std::vector<std::string> chart(const std::vector<Series>& series, int width, int height, bool colour) {
    if (width < 26 || height < 5) return {};
    const Scale scale = scale_of(series);
    const auto columns = static_cast<size_t>(width - label_width);
    const int rows = height - 2;
    size_t epochs = 0;
    for (const Series& s : series) epochs = std::max(epochs, s.values.size());

    std::vector<std::vector<const Series*>> cells(static_cast<size_t>(rows), std::vector<const Series*>(columns, nullptr));
    for (const Series& s : series) {
        int before = -1;
        const auto curve = heights(s.values, epochs, columns, scale);
        for (size_t c = 0; c < columns; ++c) {
            if (std::isnan(curve[c])) {
                before = -1;
                continue;
            }
            const int row = std::clamp(static_cast<int>(std::lround((1 - curve[c]) * (rows - 1))), 0, rows - 1);
            // A steep part stays in one piece.
            const int other = before < 0 ? row : before + (row > before) - (row < before);
            for (int r = std::min(row, other); r <= std::max(row, other); ++r) cells[static_cast<size_t>(r)][c] = &s;
            before = row;
        }
    }

    std::string legend, plain;
    for (const Series& s : series) {
        const std::string text = std::string(1, s.glyph) + " " + s.name;
        plain += (plain.empty() ? "" : "   ") + text;
        legend += (legend.empty() ? "" : "   ") + coloured(text, s.colour, colour);
    }
    if (scale.logarithmic) plain += "   (log scale)", legend += "   (log scale)";
    const int rest = width - display_width(plain);
    std::vector<std::string> lines{rest < 0 ? truncate(plain, width) : legend + std::string(static_cast<size_t>(rest), ' ')};
    for (int r = 0; r < rows; ++r) {
        const bool labelled = r == 0 || r == rows - 1 || (rows >= 7 && r == (rows - 1) / 2);
        std::string line =
            pad_left(labelled ? significant(scale.value(1 - static_cast<double>(r) / (rows - 1)), 3) : "", label_width - 2) +
            " |";
        const auto& row = cells[static_cast<size_t>(r)];
        for (size_t c = 0; c < columns;) {
            size_t end = c;
            while (end < columns && row[end] == row[c]) ++end;
            const std::string run(end - c, row[c] ? row[c]->glyph : ' ');
            line += row[c] ? coloured(run, row[c]->colour, colour) : run;
            c = end;
        }
        lines.push_back(line);
    }
    const std::string last = std::to_string(epochs);
    const std::string axis = epochs == 0   ? ""
                             : epochs == 1 ? "1"
                                           : pad_right("1", static_cast<int>(columns - last.size())) + last;
    lines.push_back(std::string(label_width, ' ') + pad_right(axis, static_cast<int>(columns)));
    return lines;
}

} // namespace caviar::report
