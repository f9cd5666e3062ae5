#include "host/importance/importance.h"

#include "host/search/stream.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace caviar::importance {
namespace {

/// The trials to learn from, in the order of their numbers.
std::vector<size_t> chosen(size_t trials, uint64_t seed) {
    std::vector<size_t> order(trials);
    std::iota(order.begin(), order.end(), size_t{0});
    if (trials <= most_trials) return order;
    search::Stream random(seed, trials, search::Use::importance, 1);
    for (size_t i = 0; i < most_trials; ++i) std::swap(order[i], order[i + static_cast<size_t>(random.below(static_cast<int64_t>(trials - i)))]);
    order.resize(most_trials);
    std::sort(order.begin(), order.end());
    return order;
}

/// Ranks from 0 to 1, by badness alone: the loss that breaks ties of the metric says nothing of another size.
std::vector<double> ranks_of(const search::History& history, const std::vector<size_t>& trials) {
    std::vector<size_t> order(trials.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const auto badness = [&](size_t i) { return history.score(trials[i]).badness; };
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return badness(a) < badness(b); });
    std::vector<double> ranks(trials.size());
    for (size_t begin = 0; begin < order.size();) {
        size_t end = begin;
        while (end < order.size() && badness(order[end]) == badness(order[begin])) ++end;
        const double middle = (static_cast<double>(begin) + static_cast<double>(end - 1)) / 2 / static_cast<double>(order.size() - 1);
        for (; begin < end; ++begin) ranks[order[begin]] = middle;
    }
    return ranks;
}

} // namespace

std::optional<Importance> importance(const SearchSpace& space, const search::History& history, uint64_t seed) {
    const std::vector<Axis> axes = axes_of(space);
    if (history.size() < fewest_trials || axes.empty()) return {};
    const std::vector<size_t> trials = chosen(history.size(), seed);
    const std::vector<double> ranks = ranks_of(history, trials);
    if (std::all_of(ranks.begin(), ranks.end(), [&](double rank) { return rank == ranks.front(); })) return {};
    std::vector<uint8_t> cells;
    for (const size_t trial : trials)
        for (const Axis& axis : axes) {
            const double unit = history.units(trial)[axis.parameter];
            cells.push_back(std::isnan(unit) ? absent : static_cast<uint8_t>(axis.cell(unit, space.parameters()[axis.parameter].distribution)));
        }
    DecompositionOptions options;
    options.seed = seed;
    Decomposition parts = decompose(axes, cells, ranks, options);

    Importance result;
    result.trials = trials.size();
    result.agreement = parts.agreement;
    std::vector<size_t> order(axes.size()), place(axes.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return parts.one[a].share > parts.one[b].share; });
    for (const size_t a : order) {
        place[a] = result.effects.size();
        result.effects.push_back({space.parameters()[axes[a].parameter].name, parts.one[a], axes[a].units, std::move(parts.curve[a]), axes[a].ordered});
    }
    size_t pair = 0;
    for (size_t a = 0; a < axes.size(); ++a)
        for (size_t b = a + 1; b < axes.size(); ++b, ++pair)
            result.interactions.push_back({place[a], place[b], parts.both[pair], std::move(parts.surface[pair])});
    std::stable_sort(result.interactions.begin(), result.interactions.end(),
                     [](const Interaction& a, const Interaction& b) { return a.share.share > b.share.share; });
    return result;
}

} // namespace caviar::importance
