#include "host/search/cube.h"

#include "host/core/condition.h"
#include "host/search/choices.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace caviar::search {
namespace {

AxisKind kind_of(const Distribution& d) {
    if (d.count() == 1) return AxisKind::fixed;
    if (!d.numeric()) return AxisKind::unordered;
    return d.count() > 0 ? AxisKind::whole : AxisKind::continuous;
}

/// Where a log scale from `low` to `high` has this value.
double log_position(const Distribution& d, double value) {
    return (std::log10(std::clamp(value, d.low, d.high)) - std::log10(d.low)) / (std::log10(d.high) - std::log10(d.low));
}

} // namespace

Cell Axis::cell(double unit) const {
    if (distribution.kind == DistributionKind::logint) {
        const auto value = static_cast<double>(std::get<int64_t>(distribution.at(unit)));
        return {log_position(distribution, value - 0.5), log_position(distribution, value + 0.5)};
    }
    const auto n = static_cast<double>(distribution.count());
    const double k = std::clamp(std::floor(unit * n), 0.0, n - 1);
    return {k / n, (k + 1) / n};
}

Cube::Cube(const SearchSpace& space) {
    const auto& parameters = space.parameters();
    for (const Parameter& p : parameters) {
        Axis axis{kind_of(p.distribution), p.distribution, {}, {}};
        if (axis.kind == AxisKind::unordered) {
            axis.weights = plain_weights(p.distribution);
            for (const Value& v : p.distribution.choices) axis.units.push_back(p.distribution.unit(v));
        }
        axes_.push_back(std::move(axis));

        Link link;
        const auto parent = std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& q) { return p.when && q.name == p.when->parameter; });
        if (parent != parameters.end()) {
            link = {true, static_cast<size_t>(parent - parameters.begin()), *p.when, {}};
            for (const Value& v : parent->distribution.choices) link.meets.push_back(core::meets(*p.when, v));
        }
        links_.push_back(std::move(link));
    }
}

size_t Cube::varying() const {
    return static_cast<size_t>(std::count_if(axes_.begin(), axes_.end(), [](const Axis& a) { return a.kind != AxisKind::fixed; }));
}

void Cube::settle(std::span<double> units) const {
    for (size_t i = 0; i < axes_.size(); ++i) {
        if (const Link& link = links_[i]; link.conditional) {
            const Distribution& d = axes_[link.parent].distribution;
            const double u = units[link.parent];
            if (std::isnan(u) || !(d.numeric() ? core::meets(link.when, d.at(u)) : link.meets[slot(d, u)])) {
                units[i] = std::numeric_limits<double>::quiet_NaN();
                continue;
            }
        }
        const Axis& axis = axes_[i];
        if (std::isnan(units[i])) units[i] = 0.5; // a point that lacked it has come to need it
        if (axis.kind == AxisKind::continuous) continue;
        if (axis.kind == AxisKind::whole) {
            const Cell cell = axis.cell(units[i]);
            units[i] = (cell.low + cell.high) / 2;
        } else if (axis.kind == AxisKind::unordered) {
            units[i] = axis.units[slot(axis.distribution, units[i])];
        } else {
            units[i] = axis.distribution.unit(axis.distribution.at(0));
        }
    }
}

} // namespace caviar::search
