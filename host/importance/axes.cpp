#include "host/importance/axes.h"

#include "host/search/choices.h"

#include <algorithm>
#include <bit>

namespace caviar::importance {
namespace {

Axis number_axis(const Distribution& d) {
    Axis axis;
    const int64_t values = d.kind == DistributionKind::logint ? 0 : d.count(); // a logint's parts are not equal
    const size_t n = values > 0 ? std::min(most_cells, static_cast<size_t>(values)) : most_cells;
    for (size_t c = 0; c < n; ++c) {
        axis.weights.push_back(1 / static_cast<double>(n));
        axis.units.push_back((static_cast<double>(c) + 0.5) / static_cast<double>(n));
    }
    return axis;
}

Axis choice_axis(const Distribution& d) {
    Axis axis;
    axis.ordered = false;
    const std::vector<double> plain = search::plain_weights(d); // none at the later places of a repeated value
    const auto values = static_cast<size_t>(std::count_if(plain.begin(), plain.end(), [](double w) { return w > 0; }));
    const size_t cells = std::min(most_cells, values);
    axis.weights.assign(cells, 0.0);
    axis.units.assign(cells, 0.0);
    size_t value = 0;
    for (size_t slot = 0; slot < plain.size(); ++slot) {
        const size_t cell = std::min(value * cells / values, cells - 1);
        axis.of_slot.push_back(cell);
        if (plain[slot] == 0) continue;
        if (axis.weights[cell] == 0) axis.units[cell] = d.unit(d.choices[slot]);
        axis.weights[cell] += plain[slot];
        ++value;
    }
    return axis;
}

} // namespace

size_t Axis::cell(double unit, const Distribution& d) const {
    if (!ordered) return of_slot[search::slot(d, unit)];
    const auto n = static_cast<double>(size());
    return static_cast<size_t>(std::clamp(unit * n, 0.0, n - 1));
}

size_t Axis::draw(double uniform) const {
    size_t c = 0;
    while (c + 1 < size() && uniform >= weights[c]) uniform -= weights[c++];
    return c;
}

double Axis::weight(Cells cells) const {
    double sum = 0;
    for (; cells != 0; cells &= cells - 1) sum += weights[static_cast<size_t>(std::countr_zero(cells))];
    return sum;
}

std::vector<Axis> axes_of(const SearchSpace& space) {
    std::vector<Axis> axes;
    for (size_t i = 0; i < space.parameters().size(); ++i) {
        const Distribution& d = space.parameters()[i].distribution;
        if (d.count() == 1) continue;
        axes.push_back(d.numeric() ? number_axis(d) : choice_axis(d));
        axes.back().parameter = i;
    }
    return axes;
}

} // namespace caviar::importance
