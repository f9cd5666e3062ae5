#include "host/search/zoom.h"

#include "host/core/distribution.h"
#include "host/core/value.h"

#include <algorithm>
#include <cmath>

namespace caviar::search {
namespace {

constexpr double portions = 20; // of a choice's weight

double number(const Value& v) { return core::as_double(v).value_or(0); }

Distribution weighted(const Distribution& d, const std::vector<double>& weights) {
    Distribution part{DistributionKind::choice, 0, 0, {}};
    for (size_t k = 0; k < weights.size(); ++k)
        if (weights[k] > 0) part.choices.insert(part.choices.end(), static_cast<size_t>(std::max(1L, std::lround(portions * weights[k]))), d.choices[k]);
    return part;
}

Distribution between(const Distribution& d, const Side& side) {
    // A whole number owns its part of the scale up to, and not with, the end.
    const double end = d.count() > 0 ? std::max(side.low, side.high - 1e-12) : side.high;
    Distribution part = d;
    part.low = number(d.at(side.low));
    part.high = number(d.at(end));
    if (d.count() > 0 || part.low < part.high) return part;
    return {DistributionKind::constant, 0, 0, {part.low}};
}

bool draws(const Distribution& d, const Value& value) {
    if (d.numeric()) return number(value) >= d.low && number(value) <= d.high;
    return std::any_of(d.choices.begin(), d.choices.end(), [&](const Value& v) { return core::same(v, value); });
}

} // namespace

SearchSpace zoomed(const SearchSpace& space, const Box& box) {
    SearchSpace result = space;
    for (size_t i = 0; i < box.sides.size(); ++i) {
        const Parameter& p = space.parameters()[i];
        if (p.distribution.count() == 1 || !result.find(p.name)) continue;
        result.vary(p.name, p.distribution.numeric() ? between(p.distribution, box.sides[i]) : weighted(p.distribution, box.sides[i].weights), p.when);
    }
    return result;
}

std::vector<Observation> inside(const SearchSpace& zoomed, const SearchSpace& whole, const History& history, size_t among) {
    std::vector<Observation> result;
    for (size_t trial = 0; trial < std::min(among, history.size()); ++trial) {
        Configuration settings = whole.at(history.units(trial));
        const bool in = std::all_of(settings.begin(), settings.end(), [&](const auto& setting) {
            const Parameter* p = zoomed.find(setting.first);
            return p && draws(p->distribution, setting.second);
        });
        if (in) result.push_back({history.id(trial), 0, std::move(settings), history.score(trial)});
    }
    return result;
}

} // namespace caviar::search
