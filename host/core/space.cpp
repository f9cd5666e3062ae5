#include "caviar/space.h"

#include "caviar/error.h"
#include "host/core/condition.h"
#include "host/core/distribution.h"

#include <algorithm>

namespace caviar {
namespace {

using core::Met;

std::string words(const Condition& c) {
    std::string text = c.parameter + " in ";
    for (size_t i = 0; i < c.values.size(); ++i) text += (i ? "," : "") + to_string(c.values[i]);
    return text;
}

/// Throws UsageError where the field does not take every value the distribution may draw.
void check_values(const Field& f, const Distribution& d) {
    const std::string written = std::string(f.name) + "=" + to_string(d);
    if (const std::string what = core::problem(d); !what.empty()) throw UsageError(written + ": " + what);
    Hyperparameters scratch;
    scratch.hidden.assign(static_cast<size_t>(max_layers), 1);
    if (!d.numeric()) {
        for (const Value& v : d.choices) set(scratch, f.name, v);
        return;
    }
    if (f.kind == "choice") throw UsageError(written + ": it takes words; allowed: choice(...) with " + allowed(f));
    const bool draws_whole = d.kind == DistributionKind::integer || d.kind == DistributionKind::logint || d.kind == DistributionKind::pow2;
    if (f.kind == "integer" && !draws_whole) {
        const char* instead = d.kind == DistributionKind::log ? "logint" : "int";
        throw UsageError(written + ": it takes whole numbers; use int(a,b), logint(a,b) or pow2(a,b), here perhaps " + instead);
    }
    for (const double bound : {d.low, d.high}) {
        try {
            set(scratch, f.name, Value{bound});
        } catch (const UsageError& error) {
            throw UsageError(written + ": " + error.what());
        }
    }
}

void check_condition(std::string_view name, const Condition& c) {
    const Field& parent = field(c.parameter);
    if (parent.name == name) throw UsageError(std::string(name) + ": a condition must name another parameter");
    if (c.values.empty()) throw UsageError(std::string(name) + ": its condition on " + c.parameter + " names no value");
    Hyperparameters scratch;
    scratch.hidden.assign(static_cast<size_t>(max_layers), 1);
    for (const Value& v : c.values) {
        try {
            set(scratch, parent.name, v);
        } catch (const UsageError& error) {
            throw UsageError(std::string(name) + ": its condition: " + error.what());
        }
    }
}

/// Parents before children, else in the order they came in. Throws UsageError for conditions that go round in a circle.
std::vector<Parameter> parents_first(std::vector<Parameter> waiting) {
    std::vector<Parameter> placed;
    const auto named = [](const std::vector<Parameter>& among, const std::string& name) {
        return std::any_of(among.begin(), among.end(), [&](const Parameter& p) { return p.name == name; });
    };
    while (!waiting.empty()) {
        const auto next = std::find_if(waiting.begin(), waiting.end(),
                                       [&](const Parameter& p) { return !p.when || !named(waiting, p.when->parameter); });
        if (next == waiting.end())
            throw UsageError(waiting.front().name + ": the conditions on " + waiting.front().when->parameter + " go round in a circle");
        placed.push_back(std::move(*next));
        waiting.erase(next);
    }
    return placed;
}

} // namespace

void SearchSpace::vary(std::string_view name, const Distribution& distribution, std::optional<Condition> when) {
    const Field& f = field(name);
    check_values(f, distribution);
    if (when) check_condition(name, *when);

    SearchSpace changed = *this;
    const auto same_name = [&](const Parameter& p) { return p.name == name; };
    auto place = std::find_if(changed.parameters_.begin(), changed.parameters_.end(), same_name);
    if (place == changed.parameters_.end()) place = changed.parameters_.insert(place, Parameter{std::string(name), {}, {}});
    place->distribution = distribution;
    place->when = std::move(when);
    changed.settle(name);
    *this = std::move(changed);
}

/// Brings conditions and order in line with the distributions after `newest` changed.
void SearchSpace::settle(std::string_view newest) {
    for (bool dropped = true; dropped;) {
        dropped = false;
        for (auto p = parameters_.begin(); p != parameters_.end(); ++p) {
            const auto& automatic = core::automatic_condition(field(p->name));
            const auto condition = p->when ? p->when : automatic;
            const Parameter* parent = condition ? find(condition->parameter) : nullptr;
            if (!parent) {
                if (p->when == automatic) p->when.reset(); // an explicit one waits for its parent
                continue;
            }
            const Met met = core::met(*condition, parent->distribution);
            if (met == Met::never) {
                if (p->name == newest && p->distribution.count() != 1)
                    throw UsageError(p->name + " has an effect only where " + words(*condition) + "; the space has " + parent->name +
                                     "=" + to_string(parent->distribution));
                parameters_.erase(p);
                dropped = true;
                break;
            }
            if (met == Met::always && condition == automatic) p->when.reset();
            else p->when = condition;
        }
    }
    parameters_ = parents_first(std::move(parameters_));
}

void SearchSpace::fix(std::string_view name, const Value& value) {
    vary(name, Distribution{DistributionKind::constant, 0, 0, {value}});
}

const Parameter* SearchSpace::find(std::string_view name) const {
    const auto found = std::find_if(parameters_.begin(), parameters_.end(), [&](const Parameter& p) { return p.name == name; });
    return found == parameters_.end() ? nullptr : &*found;
}

std::vector<const Parameter*> SearchSpace::varying() const {
    std::vector<const Parameter*> result;
    for (const Parameter& p : parameters_)
        if (p.distribution.count() != 1) result.push_back(&p);
    return result;
}

bool SearchSpace::active(const Parameter& parameter, const Configuration& before) {
    if (!parameter.when) return true;
    const auto parent = std::find_if(before.begin(), before.end(), [&](const auto& s) { return s.first == parameter.when->parameter; });
    return parent != before.end() && core::meets(*parameter.when, parent->second);
}

bool SearchSpace::counts(const Parameter& parameter, const Configuration& before) const {
    return !parameter.when || !find(parameter.when->parameter) || active(parameter, before);
}

Configuration SearchSpace::at(std::span<const double> units) const {
    if (units.size() != parameters_.size())
        throw UsageError("a point of this space has " + std::to_string(parameters_.size()) + " coordinates, not " + std::to_string(units.size()));
    Configuration result;
    result.reserve(parameters_.size());
    for (size_t i = 0; i < parameters_.size(); ++i)
        if (counts(parameters_[i], result)) result.emplace_back(parameters_[i].name, parameters_[i].distribution.at(units[i]));
    return result;
}

Hyperparameters SearchSpace::resolve(const Configuration& configuration, const Hyperparameters& defaults) const {
    Hyperparameters h = defaults;
    // The number of layers makes room for their widths, and one layer's own width goes before that of all.
    for (const char* first : {"layers", "units"})
        for (const auto& [name, value] : configuration)
            if (name == first) set(h, name, value);
    for (const auto& [name, value] : configuration)
        if (name != "layers" && name != "units") set(h, name, value);

    for (const Parameter& p : parameters_) {
        if (p.distribution.count() == 1 || (p.when && find(p.when->parameter))) continue;
        const auto& condition = p.when ? p.when : core::automatic_condition(field(p.name));
        if (condition && !find(condition->parameter) && !core::meets(*condition, get(h, condition->parameter)))
            throw UsageError(p.name + " varies but has an effect only where " + words(*condition) + ", and " + condition->parameter +
                             " is " + to_string(get(h, condition->parameter)) + "; set " + condition->parameter + " or let it vary");
    }
    return h;
}

} // namespace caviar
