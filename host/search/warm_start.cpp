#include "host/search/warm_start.h"

#include "caviar/error.h"
#include "host/core/distribution.h"
#include "host/core/value.h"
#include "host/search/zoom.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace caviar {
namespace search {
namespace {

constexpr double first_share = 0.05, warm_share = 0.2; // of the trials: the best settings; all that is taken over
constexpr int64_t most_first = 10;
constexpr double top_share = 0.1; // of an earlier study's trials: those in the box

/// The number of the distribution's that is nearest on its own scale.
Value nearest_number(const Distribution& d, double x) {
    x = std::clamp(x, d.low, d.high);
    switch (d.kind) {
    case DistributionKind::integer:
    case DistributionKind::logint: return static_cast<int64_t>(std::llround(x));
    case DistributionKind::pow2: return int64_t{1} << std::lround(std::log2(x));
    default: return x;
    }
}

Value nearest_value(const Distribution& d, const Value& wanted) {
    const auto number = core::as_double(wanted);
    if (d.numeric()) return number ? nearest_number(d, *number) : d.at(1); // "full" is the largest batch
    const Value* best = &d.choices.front();
    double least = std::numeric_limits<double>::infinity();
    for (const Value& v : d.choices) {
        if (core::same(v, wanted)) return v;
        const auto x = core::as_double(v);
        if (const double distance = number && x ? std::abs(*x - *number) : least; distance < least) best = &v, least = distance;
    }
    return *best;
}

const Value* find(const Configuration& settings, std::string_view name) {
    const auto found = std::find_if(settings.begin(), settings.end(), [&](const auto& setting) { return setting.first == name; });
    return found == settings.end() ? nullptr : &found->second;
}

bool has_optimizer(const SearchSpace& space, const Hyperparameters& defaults, Optimizer optimizer) {
    const Parameter* p = space.find("optimizer");
    if (!p) return defaults.optimizer == optimizer;
    const auto& choices = p->distribution.choices;
    return std::any_of(choices.begin(), choices.end(), [&](const Value& v) { return core::same(v, to_string(optimizer)); });
}

} // namespace

std::optional<Configuration> nearest(const SearchSpace& space, const Hyperparameters& defaults, const Trial& trial) {
    if (!has_optimizer(space, defaults, trial.hyperparameters.optimizer)) return {};
    Configuration settings;
    for (const Parameter& p : space.parameters()) {
        if (!space.counts(p, settings)) continue;
        const Value* drawn = find(trial.configuration, p.name);
        settings.emplace_back(p.name, nearest_value(p.distribution, drawn ? *drawn : get(trial.hyperparameters, p.name)));
    }
    return settings;
}

} // namespace search

WarmStart make_warm_start(const SearchSpace& space, const Hyperparameters& defaults, std::span<const Precedent> precedents, int64_t trials) {
    using namespace search;
    WarmStart warm;
    History history(space);
    std::vector<std::vector<Configuration>> of_study;
    for (const Precedent& precedent : precedents) {
        warm.from.push_back(precedent.name);
        auto& list = of_study.emplace_back();
        const auto count = static_cast<double>(precedent.trials.size());
        for (size_t rank = 0; rank < precedent.trials.size(); ++rank) {
            auto settings = nearest(space, defaults, precedent.trials[rank]);
            if (!settings) continue;
            const double share = (static_cast<double>(rank) + 0.5) / count;
            const Observation seen{static_cast<TrialId>(history.size()), 0, *settings, {share, share}};
            history.tell({&seen, 1});
            list.push_back(std::move(*settings));
        }
    }
    if (history.size() == 0)
        throw UsageError("nothing can be taken over from " + (warm.from.empty() ? std::string("no study") : warm.from.front()) +
                         ": its trials have an optimizer that this search does not have; let it vary, too, or start cold");

    const auto share = [&](double of_all) { return static_cast<int64_t>(of_all * static_cast<double>(trials)); };
    const auto most = static_cast<size_t>(std::clamp<int64_t>(share(first_share), 1, most_first));
    const size_t longest = std::max_element(of_study.begin(), of_study.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); })->size();
    for (size_t rank = 0; rank < longest; ++rank)
        for (const auto& list : of_study)
            if (rank < list.size() && warm.first.size() < most && std::find(warm.first.begin(), warm.first.end(), list[rank]) == warm.first.end())
                warm.first.push_back(list[rank]);

    const auto good = static_cast<size_t>(std::ceil(top_share * static_cast<double>(history.size())));
    const SearchSpace box = zoomed(space, narrowed(space, history, whole(space), history.size(), good));
    for (const Parameter& p : space.parameters())
        if (const Parameter* part = box.find(p.name); part && part->distribution != p.distribution) warm.box.push_back({p.name, part->distribution});
    warm.box_trials = std::max<int64_t>(0, share(warm_share) - static_cast<int64_t>(warm.first.size()));
    return warm;
}

} // namespace caviar
