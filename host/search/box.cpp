#include "host/search/box.h"

#include "host/search/choices.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace caviar::search {
namespace {

constexpr double trimmed = 0.1;       // share of the elites left outside at either end
constexpr double margin_share = 0.15; // of the elites' own interval, added at either end
constexpr double least_shrink = 0.4;  // of the side before
constexpr double prior_trials = 3;    // a choice's success starts as if it had been tried this often with common success
constexpr double floor_share = 0.05;  // of a choice's weight that is spread over all its values
constexpr size_t least_elites = 3;

/// An interval of [0,1] of at least this width, moved inwards where it sticks out.
void fit(Side& side, double low, double high, double least) {
    if (const double lack = least - (high - low); lack > 0) low -= lack / 2, high += lack / 2;
    if (low < 0) high = std::min(1.0, high - low), low = 0;
    if (high > 1) low = std::max(0.0, low - (high - 1)), high = 1;
    side.low = low;
    side.high = high;
}

void narrow_interval(Side& side, const Distribution& d, std::vector<double> good) {
    std::sort(good.begin(), good.end());
    side.elite_low = good.front();
    side.elite_high = good.back();
    if (good.size() < least_elites) return;
    const auto drop = static_cast<size_t>(trimmed * static_cast<double>(good.size()));
    const double before = side.width();
    // A whole number stands for its part of the scale, not for the point in its middle.
    const double half_cell = d.count() > 0 && d.kind != DistributionKind::logint ? 0.5 / static_cast<double>(d.count()) : 0;
    const double low = good[drop] - half_cell, high = good[good.size() - 1 - drop] + half_cell;
    const double margin = margin_share * (high - low) + 0.5 * before / static_cast<double>(good.size());
    fit(side, low - margin, high + margin, least_shrink * before);
}

void reweigh(Side& side, const Distribution& d, const std::vector<double>& good, const std::vector<double>& tried) {
    std::vector<double> good_count(d.choices.size(), 0.0), tried_count(d.choices.size(), 0.0);
    for (const double u : good) ++good_count[slot(d, u)];
    for (const double u : tried) ++tried_count[slot(d, u)];
    side.elite_count.assign(good_count.begin(), good_count.end());
    if (good.size() < least_elites) return;
    const std::vector<double> plain = plain_weights(d);
    const double common = static_cast<double>(good.size()) / static_cast<double>(tried.size());
    std::vector<double> weights(plain.size());
    for (size_t k = 0; k < weights.size(); ++k)
        weights[k] = plain[k] * (good_count[k] + prior_trials * common) / (tried_count[k] + prior_trials);
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (size_t k = 0; k < weights.size(); ++k) weights[k] = (1 - floor_share) * weights[k] / sum + floor_share * plain[k];
    side.weights = std::move(weights);
}

} // namespace

size_t elite_count(size_t finite_trials, int32_t round) {
    const auto share = 0.2 / std::exp2(std::max(round - 1, 0));
    return std::max<size_t>(6, static_cast<size_t>(std::ceil(share * static_cast<double>(finite_trials))));
}

Box whole(const SearchSpace& space) {
    Box box;
    for (const Parameter& p : space.parameters()) {
        Side side;
        if (!p.distribution.numeric()) side.weights = plain_weights(p.distribution);
        box.sides.push_back(std::move(side));
    }
    return box;
}

Box narrowed(const SearchSpace& space, const History& history, const Box& before, size_t among, size_t elites) {
    Box box = before;
    box.seen = std::min(among, history.size());
    box.elites = history.best(among, elites);
    for (size_t i = 0; i < box.sides.size(); ++i) {
        const Distribution& d = space.parameters()[i].distribution;
        const auto where = [&](size_t trial) { return history.units(trial)[i]; };
        std::vector<double> good, tried;
        for (const size_t trial : box.elites)
            if (!std::isnan(where(trial))) good.push_back(where(trial));
        for (size_t trial = 0; trial < box.seen; ++trial)
            if (!std::isnan(where(trial))) tried.push_back(where(trial));
        box.sides[i].active = good.size();
        if (good.empty()) box.sides[i].elite_low = box.sides[i].elite_high = std::numeric_limits<double>::quiet_NaN();
        if (d.numeric() && !good.empty()) narrow_interval(box.sides[i], d, std::move(good));
        else if (!d.numeric()) reweigh(box.sides[i], d, good, tried);
    }
    return box;
}

} // namespace caviar::search
