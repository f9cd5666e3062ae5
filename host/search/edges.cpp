#include "host/search/edges.h"

#include "host/core/condition.h"
#include "host/search/shown.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace caviar::search {
namespace {

using Kind = DistributionKind;

constexpr double edge = 0.04;        // how near an end a continuous value counts as on it
constexpr double leaning_zone = 0.2; // good trials in this outer part lean to the end ...
constexpr double leaning_share = 1 / 3.0; // ... where they are more than the fifth that chance puts there
constexpr double edge_share = 0.1;

/// The range grown at one end: a decade on a log scale, half its width on a linear one, two doublings of a power; cut at what
/// the hyperparameter allows.
Distribution wider(const Distribution& d, bool at_high, const Field& f) {
    Distribution w = d;
    const double step = at_high ? 1 : -1, width = d.high - d.low;
    double& end = at_high ? w.high : w.low;
    switch (d.kind) {
    case Kind::uniform: end = rounded(end + step * width / 2); break;
    case Kind::log: end = rounded(at_high ? end * 10 : end / 10); break;
    case Kind::beta: end = 1 - rounded(at_high ? (1 - end) / 10 : std::min(1.0, (1 - end) * 10)); break;
    case Kind::integer: end += step * std::max(1.0, std::floor(width / 2)); break;
    case Kind::logint: end = at_high ? end * 4 : std::max(1.0, std::floor(end / 4)); break;
    case Kind::pow2: end = at_high ? end * 4 : std::max(1.0, end / 4); break;
    default: break;
    }
    if (d.kind == Kind::beta) end = rounded(end, 6); // 1 - 0.0001 leaves digits that nobody wrote
    if (d.kind == Kind::pow2 && at_high) end = std::min(end, std::exp2(std::floor(std::log2(f.high))));
    if (end >= f.low && end <= f.high) return w;
    // Cut at the bound where it is a number a person would write; an exclusive one (the next float) is not.
    const double bound = at_high ? f.high : f.low;
    const bool round = bound == rounded(bound);
    end = round ? bound : at_high ? d.high : d.low;
    return w;
}

/// How many values the trials have, as far as it matters.
int64_t distinct(const History& history, size_t parameter) {
    constexpr size_t many = 100;
    std::set<double> values;
    for (size_t i = 0; i < history.size() && values.size() < many; ++i)
        if (const double u = history.units(i)[parameter]; !std::isnan(u)) values.insert(u);
    return static_cast<int64_t>(values.size());
}

/// Do the good trials lean to this end? A whole number's last value draws its own share of them by chance, so it takes twice that; a
/// grid's last value does, too, and two values of many are both ends, which says nothing.
bool lean(const History& history, const Distribution& d, size_t parameter, bool to_high) {
    const int64_t tried = distinct(history, parameter), all = d.count();
    if (tried <= 2 && all != 2) return false;
    const auto count = static_cast<double>(all > 0 ? std::min(all, tried) : tried);
    const double zone = count > 0 ? std::max(leaning_zone, 1 / count) : leaning_zone;
    const double share = count > 0 ? std::min(1.0, std::max(leaning_share, 2 / count)) : leaning_share;
    const size_t finite = history.finite(history.size());
    const auto good = history.best(history.size(), static_cast<size_t>(std::ceil(edge_share * static_cast<double>(finite))));
    size_t active = 0, leaning = 0;
    for (const size_t trial : good) {
        const double u = history.units(trial)[parameter];
        if (std::isnan(u)) continue;
        ++active;
        leaning += to_high ? u > 1 - zone : u < zone;
    }
    return active > 0 && static_cast<double>(leaning) >= share * static_cast<double>(active);
}

std::string condition_text(const Parameter& p) {
    if (!p.when || p.when == core::automatic_condition(field(p.name))) return {}; // that one comes by itself
    std::string text = " when " + p.when->parameter;
    char separator = '=';
    for (const Value& v : p.when->values) {
        text += separator;
        text += to_string(v);
        separator = ',';
    }
    return text;
}

} // namespace

std::vector<Edge> edges(const SearchSpace& space, const History& history) {
    std::vector<Edge> found;
    const auto best = history.best(history.size(), 1);
    if (best.empty()) return found;
    for (size_t i = 0; i < space.parameters().size(); ++i) {
        const Parameter& p = space.parameters()[i];
        const Distribution& d = p.distribution;
        const double u = history.units(best.front())[i];
        if (!d.numeric() || d.count() == 1 || std::isnan(u)) continue;
        // A whole number is on the edge where it is the last one.
        const Value value = d.at(u);
        const bool whole = d.count() != 0;
        const bool low = whole ? value == d.at(0) : u < edge, high = whole ? value == d.at(1) : u > 1 - edge;
        if ((!low && !high) || !lean(history, d, i, high)) continue;
        const Distribution more = wider(d, high, field(p.name));
        if (more == d) continue;
        found.push_back({"the best trial has " + p.name + " " + shown(d, value) + ", at the " + (high ? "high" : "low") + " end of " + to_string(d),
                         "--vary '" + p.name + "=" + to_string(more) + condition_text(p) + "'"});
    }
    return found;
}

std::vector<std::string> edge_warnings(const SearchSpace& space, const History& history) {
    std::vector<std::string> warnings;
    for (const Edge& e : edges(space, history)) warnings.push_back(e.why + "; a wider range may do better: " + e.flag);
    return warnings;
}

} // namespace caviar::search
