#include "host/cli/request.h"

#include "caviar/error.h"
#include "host/cli/idle.h"
#include "host/cli/initial_model.h"
#include "host/cli/settings.h"
#include "host/core/names.h"
#include "host/exchange/optuna_precedent.h"
#include "host/exchange/parameter_names.h"
#include "host/study/confirmation.h"
#include "host/study/precedent.h"

#include <algorithm>
#include <set>

namespace caviar::cli {

namespace {

constexpr int64_t default_trials = 200;

std::string_view trim(std::string_view text) {
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// Runs `action`; a UsageError from it gets the place it came from in front.
template <class Action> auto at(const std::string& where, Action action) {
    try {
        return action();
    } catch (const UsageError& error) {
        const std::string what = error.what();
        throw UsageError(what.starts_with(where) ? what : where + ": " + what); // some say it themselves
    }
}

Value the_constant(const SpaceEntry& entry) {
    if (entry.distribution.kind == DistributionKind::constant && !entry.distribution.choices.empty()) {
        return entry.distribution.choices.front();
    }
    throw UsageError(entry.where + ": a constant is wanted here, such as 'adam' or '0.01'; to let it vary use --vary '" +
                     entry.name + '=' + caviar::to_string(entry.distribution) + "'");
}

void add_scalings(std::vector<Scaling>& scalings, const Distribution& distribution) {
    for (const Value& value : distribution.choices) {
        Hyperparameters one;
        set(one, "scaling", value);
        if (std::find(scalings.begin(), scalings.end(), one.scaling) == scalings.end()) scalings.push_back(one.scaling);
    }
}

/// The scalings that trials may ask for: those of the space, and the default where the space does not always name one.
std::vector<Scaling> scalings_of(const SearchSpace& space, const Hyperparameters& defaults) {
    std::vector<Scaling> scalings;
    const Parameter* parameter = space.find("scaling");
    if (parameter != nullptr) add_scalings(scalings, parameter->distribution);
    const bool always = parameter != nullptr && !parameter->when;
    if (!always && std::find(scalings.begin(), scalings.end(), defaults.scaling) == scalings.end()) {
        scalings.push_back(defaults.scaling);
    }
    std::sort(scalings.begin(), scalings.end());
    return scalings;
}

/// What the request says of scaling, before the default space is known.
std::vector<Scaling> likely_scalings(const Request& request) {
    std::vector<Scaling> scalings;
    for (const SpaceEntry& entry : request.space) {
        if (entry.name != "scaling") continue;
        scalings.clear(); // the last one counts
        at(entry.where, [&] { add_scalings(scalings, entry.distribution); });
    }
    if (scalings.empty()) scalings.push_back(request.settings.defaults.scaling);
    std::sort(scalings.begin(), scalings.end());
    return scalings;
}

void lay(SearchSpace& space, const std::string& name, const Distribution& distribution, const std::optional<Condition>& when) {
    if (distribution.kind == DistributionKind::constant && !when && !distribution.choices.empty()) {
        space.fix(name, distribution.choices.front());
    } else {
        space.vary(name, distribution, when);
    }
}

/// A space read back from a settings file is laid down parameter by parameter, so one made from flags is, too: then both are equal.
SearchSpace relaid(const SearchSpace& space) {
    SearchSpace fresh;
    for (const Parameter& parameter : space.parameters()) lay(fresh, parameter.name, parameter.distribution, parameter.when);
    return fresh;
}

/// Without what a model to start from decides.
SearchSpace without_fixed(const SearchSpace& space) {
    SearchSpace rest;
    for (const Parameter& parameter : space.parameters())
        if (!fixed_by_initial(parameter.name)) lay(rest, parameter.name, parameter.distribution, parameter.when);
    return rest;
}

void lay_over(SweepSettings& settings, const std::vector<SpaceEntry>& entries) {
    for (const SpaceEntry& entry : entries) {
        at(entry.where, [&] {
            if (!entry.fixed) {
                lay(settings.space, entry.name, entry.distribution, entry.when);
            } else if (settings.space.find(entry.name) != nullptr) {
                settings.space.fix(entry.name, the_constant(entry));
            } else {
                set(settings.defaults, entry.name, the_constant(entry));
            }
        });
    }
    settings.space = relaid(settings.space);
}

/// Throws UsageError where a loss or metric does not fit the task, with those that do.
template <class Word> void require_fit(const std::string& flag, Word word, Task task) {
    if (fits(word, task)) return;
    std::string allowed;
    for (size_t i = 0; i < core::names(word).size(); ++i) {
        if (fits(static_cast<Word>(i), task)) allowed += (allowed.empty() ? "" : ", ") + std::string(core::names(word)[i]);
    }
    throw UsageError(flag + ": " + caviar::to_string(word) + " does not fit the task " + caviar::to_string(task) + "; allowed: " + allowed);
}

/// What the studies of --warm-start found, Optuna's under our names. Throws UsageError where --warm-map names what none of them has.
std::vector<Precedent> precedents(Resolved& resolved) {
    const SweepSettings& settings = resolved.settings;
    const WarmStart& warm = settings.sampler.warm_start;
    std::vector<Precedent> list;
    std::set<std::string> theirs;
    for (const std::string& from : warm.from) {
        exchange::OptunaPlace place;
        if (!exchange::is_optuna(from, place)) {
            list.push_back(study::precedent(from));
            continue;
        }
        auto found = at("--warm-start", [&] { return exchange::optuna_precedent(place, settings.space, settings.defaults, settings.sampler.seed, warm.map); });
        list.push_back(std::move(found.precedent));
        resolved.notes.insert(resolved.notes.end(), found.notes.begin(), found.notes.end());
        theirs.merge(found.parameters);
    }
    for (const std::string& name : exchange::ParameterNames(warm.map).mapped())
        if (!theirs.contains(name))
            throw UsageError("--warm-map " + name + ": no Optuna study of --warm-start has such a parameter" + (theirs.empty() ? "" : "; there are: ") + core::listed(std::vector<std::string_view>(theirs.begin(), theirs.end())));
    return list;
}

/// Takes over what the studies of --warm-start found, unless that was done already.
void start_warm(Resolved& resolved) {
    SweepSettings& settings = resolved.settings;
    WarmStart& warm = settings.sampler.warm_start;
    if (warm.from.empty() && !warm.map.empty()) throw UsageError("--warm-map says what parameters of the studies of --warm-start are; name these, too");
    if (warm.from.empty() || !warm.empty()) return;
    const auto earlier = precedents(resolved);
    const auto map = warm.map;
    warm = at("--warm-start", [&] { return make_warm_start(settings.space, settings.defaults, earlier, study::divide(settings).configurations); });
    warm.map = map;
}

/// Settings of the data that built-in data cannot heed are refused rather than ignored.
void refuse_for_builtin(const Request& request) {
    const Request untouched;
    for (const Setting& setting : settings()) {
        if (fits_builtin(setting) || setting.get(request) == setting.get(untouched)) continue;
        throw UsageError("[" + std::string(setting.section) + "] " + setting.key + ": " + request.settings.data +
                         " is built in, with columns, target and split of its own; leave it out");
    }
}

} // namespace

bool is_builtin(const std::string& data) {
    const auto& names = builtin_names();
    return std::find(names.begin(), names.end(), data) != names.end();
}

Request::Request() {
    settings.sampler.trials = 0; // not said: see resolve
    settings.sampler.seed = 1;
    settings.confirm.settings = -1; // the same
}

Condition parse_condition(std::string_view text) {
    text = trim(text);
    size_t split = text.find('='), skip = 1;
    if (split == std::string_view::npos) {
        split = text.find(" in ");
        skip = 4;
    }
    if (split == std::string_view::npos) {
        throw UsageError("'" + std::string(text) + "' is no condition; write it as optimizer=momentum,nesterov");
    }
    Condition condition;
    condition.parameter = trim(text.substr(0, split));
    condition.values = parse_distribution("choice(" + std::string(trim(text.substr(split + skip))) + ")").choices;
    return condition;
}

std::string to_string(const Condition& condition) {
    std::string text = condition.parameter + '=';
    for (size_t i = 0; i < condition.values.size(); ++i) {
        if (i > 0) text += ',';
        text += caviar::to_string(condition.values[i]);
    }
    return text;
}

SpaceEntry parse_entry(std::string_view text, const std::string& where) {
    const size_t split = text.find('=');
    if (split == std::string_view::npos) {
        throw UsageError(where + ": NAME=VALUE is wanted, for example 'learning_rate=log(1e-4,1)' or 'optimizer=adam'");
    }
    SpaceEntry entry;
    entry.where = where;
    entry.name = trim(text.substr(0, split));
    std::string_view value = trim(text.substr(split + 1));
    at(where, [&] {
        if (const size_t when = value.find(" when "); when != std::string_view::npos) {
            entry.when = parse_condition(value.substr(when + 6));
            value = trim(value.substr(0, when));
        }
        entry.distribution = parse_distribution(value);
    });
    return entry;
}

int32_t default_confirm(const SweepSettings& settings) {
    constexpr int32_t usual = 5;
    constexpr int64_t worth_it = 100;
    if (settings.nets_for_each() > 1 || settings.scheduler.name == "pbt" || settings.space.find("seed") != nullptr) return 0;
    const int64_t confirming = int64_t{usual} * settings.confirm.seeds;
    int64_t trials = settings.sampler.trials;
    if (settings.sampler.name == "grid") {
        const int64_t points = grid_size(settings.space, settings.sampler.points);
        if (trials > 0 && trials - confirming < points) return 0;
        trials = points;
    }
    return trials >= worth_it && confirming <= trials / 2 ? usual : 0;
}

void default_target(Request& request) {
    if (request.settings.prepare.target.empty() && !request.settings.read.labels.empty()) request.settings.prepare.target = "label";
}

Resolved resolve(const Request& request) {
    return resolve(request, [](const SweepSettings& settings) { return load(settings); });
}

Resolved resolve(const Request& request, const Source& source) {
    Resolved resolved{request.settings, request.engine, {}, {}, request.said};
    SweepSettings& settings = resolved.settings;
    const bool built_in = is_builtin(settings.data);
    if (built_in) refuse_for_builtin(request);
    load_initial(settings);
    const bool begun = settings.initial.model != nullptr;
    if (!begun) settings.prepare.scalings = likely_scalings(request);
    resolved.prepared = source(settings);
    const Dataset& data = resolved.prepared.dataset;
    settings.space = request.only ? SearchSpace{}
                                  : SearchSpace::standard(data.rows(Part::train), data.features.front().train.columns,
                                                          data.task == Task::regression);
    if (begun) settings.space = without_fixed(settings.space);
    lay_over(settings, begun ? without_fixed(request.space, settings) : request.space);
    if (begun) resolved.notes.push_back(initial_note(settings.initial));
    if (!built_in) settings.prepare.task = data.task;
    const bool grid = settings.sampler.name == "grid"; // without a number it tries all its points
    if (settings.sampler.trials == 0 && !grid) settings.sampler.trials = default_trials;
    if (!settings.loss) settings.loss = default_loss(data.task);
    if (!settings.metric) settings.metric = default_metric(data.task);
    require_fit("--loss", *settings.loss, data.task);
    require_fit("--metric", *settings.metric, data.task);
    if (const auto needed = scalings_of(settings.space, settings.defaults); needed != settings.prepare.scalings) {
        settings.prepare.scalings = needed;
        resolved.prepared = source(settings);
    }
    const std::string sampler = "--sampler " + settings.sampler.name;
    if (settings.sampler.warm_start.from.empty()) at(sampler, [&] { return make_sampler(settings.space, settings.sampler); }); // refuses what it cannot do
    if (settings.confirm.settings < 0) settings.confirm.settings = default_confirm(settings);
    refuse_idle(request, settings);
    study::check_seeds(settings);
    start_warm(resolved);
    at(sampler, [&] { return make_sampler(settings.space, study::sampler_options(settings, study::divide(settings))); });
    if (auto warning = familiar_rows(settings); !warning.empty()) resolved.prepared.warnings.push_back(std::move(warning));
    at("--scheduler " + settings.scheduler.name, [&] { return make_scheduler(settings.scheduler, most_epochs(settings), settings.sampler.seed, settings.space); });
    return resolved;
}

} // namespace caviar::cli
