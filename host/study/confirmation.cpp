#include "host/study/confirmation.h"

#include "caviar/error.h"
#include "host/study/json_archive.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <limits>

namespace caviar::study {

/// Found by the archive through its own namespace.
template <class A, Either<Confirmation> T> void members(A& a, T& c) {
    a("leaders", c.leaders);
    a("seeds", c.seeds);
    a("budget", c.budget);
    a("exhausted", c.exhausted);
}

namespace {

constexpr const char* state_key = "confirmation";
constexpr int64_t no_end = std::numeric_limits<int64_t>::max();

int64_t end_of(const Study& study, int32_t round) {
    TrialQuery query;
    query.sort = "id";
    query.filter = "round=" + std::to_string(round);
    const auto rows = study.trials(query);
    return rows.empty() ? 0 : rows.back().trial.id + 1;
}

/// What the rounds so far have confirmed.
struct Past {
    int64_t begin = 0; ///< the first trial after the last of them
    int64_t trials = 0;
    std::optional<Confirmation> last;
};

Division divide_after(const SweepSettings& settings, const Past& past, int64_t budget) {
    Division division;
    division.begin = past.begin;
    division.spent = past.last && past.last->budget >= budget;
    division.exhausted = past.last && past.last->exhausted;
    const int64_t seeds = settings.confirm.seeds;
    const auto fitting = [&](int64_t trials) { return std::min<int64_t>(settings.confirm.settings, trials / 2 / seeds); };
    if (division.spent) {
        division.search_end = past.begin;
    } else {
        division.settings = static_cast<int32_t>(fitting(budget - past.begin));
        division.search_end = budget == no_end ? no_end : budget - division.settings * seeds;
    }
    if (budget == no_end) return division;
    // A sampler that plans its rounds did so from the start, and its budget never changes.
    const int64_t search = plans_rounds(settings.sampler) ? budget - fitting(budget) * seeds : division.search_end - past.trials;
    division.configurations = search / settings.nets_for_each();
    return division;
}

} // namespace

RoundRecord to_round(const Confirmation& confirmation, int32_t number) {
    const auto plural = [](size_t count) { return count == 1 ? "" : "s"; };
    std::string trials;
    for (const TrialId leader : confirmation.leaders) trials += (trials.empty() ? "" : ", ") + std::to_string(leader);
    const auto seeds = static_cast<size_t>(confirmation.seeds);
    const std::string text = "confirmation: the best settings, of trial" + std::string(plural(confirmation.leaders.size())) + " " +
                             trials + ", once more, each with " + std::to_string(seeds) + " fresh seed" + plural(seeds);
    return {number, Json{{state_key, encode(confirmation)}}.dump(), text};
}

std::optional<Confirmation> confirmation_in(const RoundRecord& round) {
    if (!round.state.starts_with(std::string("{\"") + state_key)) return {};
    const std::string where = "round " + std::to_string(round.round);
    const Json json = Json::parse(round.state, nullptr, false);
    if (!json.is_object() || !json.contains(state_key)) bad_json(where, "is no round that a caviar recorded");
    Confirmation confirmation;
    decode(json[state_key], confirmation, where);
    if (confirmation.seeds < 1) bad_json(where, "has no seeds");
    return confirmation;
}

Division divide(const SweepSettings& settings, const Study& study, int64_t budget) {
    Past past;
    for (const RoundRecord& round : study.rounds())
        if (auto confirmation = confirmation_in(round)) {
            past.begin = end_of(study, round.round);
            past.trials += std::ssize(confirmation->leaders) * confirmation->seeds;
            past.last = std::move(confirmation);
        }
    return divide_after(settings, past, budget);
}

Division divide(const SweepSettings& settings) {
    return divide_after(settings, {}, settings.sampler.trials > 0 ? settings.sampler.trials : no_end);
}

int64_t trials_in_all(const SweepSettings& settings, int64_t budget) {
    if (settings.sampler.name != "grid") return budget;
    const int64_t points = grid_size(settings.space, settings.sampler.points), confirming = settings.confirm.trials();
    const int64_t nets = settings.nets_for_each(), most = (no_end - confirming) / nets;
    return std::min(budget, std::min(points, most) * nets + confirming);
}

SamplerOptions sampler_options(const SweepSettings& settings, const Division& division) {
    SamplerOptions options = settings.sampler;
    options.trials = division.configurations;
    return options;
}

void check_seeds(const SweepSettings& settings) {
    const ConfirmOptions& confirm = settings.confirm;
    if (confirm.settings < 0)
        throw UsageError("confirm: " + std::to_string(confirm.settings) + " settings are not allowed; at least 0, for none");
    if (confirm.seeds < 1) throw UsageError("confirm_seeds: " + std::to_string(confirm.seeds) + " is not allowed; at least 1");
    if (settings.repeats < 1) throw UsageError("repeats: " + std::to_string(settings.repeats) + " is not allowed; at least 1");
    const bool folds = settings.cross_validates(), repeats = settings.repeats > 1;
    if (folds && repeats)
        throw UsageError("repeats: with cv every setting trains " + std::to_string(settings.prepare.folds.count) +
                         " nets already, each on other rows and with a seed of its own; leave one of the two out");
    if (folds && confirm.settings > 0)
        throw UsageError("confirm: with cv a setting's score is the mean over nets that each have a seed of their own, and there are no rows to "
                         "validate on that it has not seen; leave confirm out");
    if (!folds && !repeats && confirm.settings == 0) return;
    const std::string what = folds ? "cv" : repeats ? "repeats" : "confirm", instead = folds ? "leave cv out" : what + (repeats ? " 1" : " 0");
    if (!folds && settings.space.find("seed"))
        throw UsageError(what + ": the space has the hyperparameter seed, so trials of the same settings would be the same; leave seed "
                                "out of the space, or " + instead);
    if (settings.scheduler.name == "pbt")
        throw UsageError(what + ": under pbt " + (folds ? "nets are taken over from other trials, which have trained on the rows to validate on"
                                                       : "settings change in mid-training, so there are none to train again") +
                         "; use another scheduler, or " + instead);
    const int64_t trials = settings.sampler.trials;
    if (trials == 0) return; // a grid without a limit
    if (confirm.trials() > trials / 2)
        throw UsageError("confirm: " + std::to_string(confirm.settings) + " settings with " + std::to_string(confirm.seeds) +
                         " seeds each would take " + std::to_string(confirm.trials()) + " of " + std::to_string(trials) +
                         " trials; at most half may, so allow more trials or confirm less");
    if (trials - confirm.trials() < settings.nets_for_each())
        throw UsageError(what + ": " + std::to_string(settings.nets_for_each()) + (folds ? " folds" : " seeds for each setting") + " do not fit into " +
                         std::to_string(trials) + " trials; every " + (folds ? "fold" : "seed") + " is a trial, so allow more of them");
}

} // namespace caviar::study
