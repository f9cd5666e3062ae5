// From what a study holds to the facts that advice follows from.

#include "host/report/advice.h"

#include <algorithm>
#include <cmath>

namespace caviar::report {
namespace {

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

void look_at_epochs(const StudyFacts& facts, Situation& s) {
    std::vector<double> shares;
    double at_end = 0;
    for (const TrialRow& row : facts.top) {
        const int32_t allowed = std::max(row.trial.hyperparameters.epochs, 1);
        shares.push_back(static_cast<double>(row.result.best_epoch + 1) / allowed);
        at_end += row.result.best_epoch + 1 == allowed;
    }
    if (shares.empty()) return;
    s.at_last_epoch = at_end / static_cast<double>(shares.size());
    s.best_epoch_share = median(shares);
    s.epochs = facts.settings.space.find("epochs") ? 0 : facts.settings.defaults.epochs;
    const Hyperparameters& h = facts.best->trial.hyperparameters;
    s.stops_early = h.patience > 0 || h.patience_factor > 0 || facts.settings.scheduler.name != "none";
    const auto& curve = facts.best->result.curve;
    if (curve.size() < 10) return;
    const double first = curve.front().valid_loss, last = curve.back().valid_loss, late = curve[curve.size() - 1 - curve.size() / 10].valid_loss;
    if (first > last) s.late_fall = std::max(0.0, (late - last) / (first - last));
}

void look_at_progress(const StudyFacts& facts, Situation& s) {
    std::vector<double> badness;
    for (size_t i = 0; i < facts.history.size(); ++i)
        if (std::isfinite(facts.history.score(i).badness)) badness.push_back(facts.history.score(i).badness);
    if (facts.history.size() > 0 && facts.leader) // a best that was trained again to confirm it is younger than all
        s.trials_since_best = std::max<int64_t>(0, facts.history.id(facts.history.size() - 1) - *facts.leader);
    if (badness.empty() || facts.stretches.size() < 2) return;
    const auto bad = [&](double metric) { return higher_is_better(facts.metric) ? -metric : metric; };
    const double before = bad(facts.stretches[facts.stretches.size() - 2].best_so_far), now = bad(facts.stretches.back().best_so_far);
    const double middle = median(std::move(badness));
    if (now < before && now < middle) s.last_gain = (before - now) / (middle - now);
}

/// Where nine tenths of the trials that converged have their learning rate.
void look_at_rates(const StudyFacts& facts, Situation& s) {
    const auto& parameters = facts.settings.space.parameters();
    const auto rate = std::find_if(parameters.begin(), parameters.end(), [](const Parameter& p) { return p.name == "learning_rate"; });
    if (rate == parameters.end() || !rate->distribution.numeric()) return;
    std::vector<double> good;
    for (size_t i = 0; i < facts.history.size(); ++i) {
        const double unit = facts.history.units(i)[static_cast<size_t>(rate - parameters.begin())];
        if (std::isfinite(facts.history.score(i).badness) && !std::isnan(unit)) good.push_back(unit);
    }
    s.rates = rate->distribution;
    if (good.empty()) return;
    std::sort(good.begin(), good.end());
    s.highest_good_rate = good[(good.size() - 1) * 9 / 10];
}

void look_at_importance(const StudyFacts& facts, const importance::Importance& found, Situation& s) {
    constexpr double clear = 0.02;   // an interaction below this share of the variance is not worth a sentence
    constexpr double idle = 0.02;    // a hyperparameter whose interval ends below this share hardly matters alone ...
    constexpr double joined = 0.05;  // ... and no pair with it reaches this
    constexpr size_t enough = 100;   // trials, before that is said
    s.told = found.told();
    if (!found.told()) return;
    for (const importance::Interaction& pair : found.interactions) {
        const bool first = found.effects[pair.first].name == "learning_rate", second = found.effects[pair.second].name == "learning_rate";
        const std::string& other = found.effects[first ? pair.second : pair.first].name;
        const bool depth = other == "layers" || other == "units";
        if (!(first || second) || !depth || pair.share.share < clear || pair.share.low <= 0) continue;
        const auto moved = shift(found, pair, facts.settings.space, second);
        if (moved && moved->best_low > moved->best_high && !s.rate_by_depth) s.rate_by_depth = moved;
    }
    if (found.trials < enough) return;
    for (size_t e = 0; e < found.effects.size(); ++e) {
        const bool matters = found.effects[e].share.high >= idle || std::any_of(found.interactions.begin(), found.interactions.end(), [&](const auto& pair) {
            return (pair.first == e || pair.second == e) && pair.share.high >= joined;
        });
        if (matters) continue;
        for (const auto& [name, value] : facts.best->trial.configuration)
            if (name == found.effects[e].name) s.idle.emplace_back(name, value);
    }
}

} // namespace

std::optional<Shift> shift(const importance::Importance& found, const importance::Interaction& pair, const SearchSpace& space, bool swapped) {
    constexpr double clear = 0.1; // of the scale
    const importance::Effect &moved = found.effects[swapped ? pair.second : pair.first], &other = found.effects[swapped ? pair.first : pair.second];
    const Parameter *a = space.find(moved.name), *b = space.find(other.name);
    if (!moved.ordered || !other.ordered || !a || !b) return {};
    const size_t rows = moved.units.size(), columns = other.units.size(), end = std::max<size_t>(1, columns / 3);
    const auto rank = [&](size_t row, size_t column) { return swapped ? pair.ranks[column * rows + row] : pair.ranks[row * columns + column]; };
    // The mean over an outer third of the other's scale and a window along this one: single cells are ragged.
    const auto best = [&](size_t first) {
        const size_t reach = rows / 16;
        double least = std::numeric_limits<double>::infinity(), where = 0;
        for (size_t r = 0; r < rows; ++r) {
            double sum = 0, count = 0;
            for (size_t k = r - std::min(r, reach); k <= std::min(rows - 1, r + reach); ++k)
                for (size_t c = first; c < first + end; ++c) sum += rank(k, c), ++count;
            if (sum / count < least) least = sum / count, where = moved.units[r];
        }
        return where;
    };
    Shift result{moved.name, other.name, b->distribution.at(other.units.front()), b->distribution.at(other.units.back()), best(0), best(columns - end), {}, {}};
    if (std::abs(result.best_low - result.best_high) < clear) return {};
    result.value_low = a->distribution.at(result.best_low);
    result.value_high = a->distribution.at(result.best_high);
    return result;
}

Situation situation(const StudyFacts& facts, const std::optional<importance::Importance>& found) {
    Situation s;
    s.finished = facts.counts.finished();
    s.diverged = facts.counts.diverged;
    s.ended = facts.finished;
    s.retuned = facts.retuned;
    s.to_come = facts.finished ? 0 : std::max<int64_t>(0, facts.budget - s.finished);
    s.grid = facts.settings.sampler.name == "grid";
    look_at_rates(facts, s);
    s.unscaled = may_be_unscaled(facts.settings);
    if (!s.rates) {
        const double rate = lowest_rate(facts.settings);
        s.rates = Distribution{DistributionKind::log, rate, rate, {}};
    }
    if (!facts.best) return s;
    s.has_best = true;
    s.edges = search::edges(facts.settings.space, facts.history);
    look_at_epochs(facts, s);
    look_at_progress(facts, s);
    if (found) look_at_importance(facts, *found, s);
    return s;
}

} // namespace caviar::report
