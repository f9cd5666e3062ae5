#include "host/report/advice.h"

#include "host/report/numbers.h"
#include "host/search/shown.h"

#include <algorithm>
#include <cmath>

namespace caviar::report {
namespace {

std::string times(int64_t n, const std::string& what) { return count(n) + " " + what + (n == 1 ? "" : "s"); }

/// A fifth of the trials lost is worth a narrower range; below it is the price of looking wide.
void many_diverged(const Situation& s, std::vector<Advice>& list) {
    if (s.diverged * 5 < s.finished || !s.rates || s.rates->low >= s.rates->high || s.highest_good_rate > 0.95) return;
    Distribution narrower = *s.rates;
    const Value high = narrower.at(s.highest_good_rate);
    if (!std::holds_alternative<double>(high)) return;
    narrower.high = search::rounded(std::get<double>(high), 2);
    if (!(narrower.high > narrower.low)) return;
    list.push_back({times(s.diverged, "trial") + " of " + count(s.finished) + " diverged, and nine tenths of those that did not have learning rates below " +
                        to_string(Value{narrower.high}) + ": search lower ones",
                    "--vary 'learning_rate=" + to_string(narrower) + "'"});
}

/// Half of the best at their last epoch, and a loss still falling: a hundredth of the whole fall in the last tenth of the epochs.
void more_epochs(const Situation& s, std::vector<Advice>& list) {
    if (s.epochs == 0 || s.at_last_epoch < 0.5 || s.late_fall < 0.01) return;
    list.push_back({percent(s.at_last_epoch, 0) + " of the best trials were best at their last epoch, " + std::to_string(s.epochs) +
                        ", and the loss was still falling: more epochs",
                    "--epochs " + std::to_string(2 * s.epochs)});
}

/// The best peak before two fifths of their epochs, so the rest was spent for nothing.
void fewer_epochs(const Situation& s, std::vector<Advice>& list) {
    if (s.epochs < 10 || s.stops_early || s.best_epoch_share > 0.4) return;
    const auto peak = static_cast<int32_t>(std::lround(s.best_epoch_share * s.epochs)), enough = std::max(5, peak + (peak + 1) / 2);
    list.push_back({"the best trials peak after " + times(peak, "epoch") + " of " + std::to_string(s.epochs) + " (median), then over-fit: fewer epochs leave time for more trials",
                    "--epochs " + std::to_string(enough)});
}

/// A last stretch that came a fiftieth of the way from a median trial to the best is still climbing; a best that came in the first half is not.
void more_trials(const Situation& s, std::vector<Advice>& list) {
    if (!s.ended || s.grid) return;
    if (s.last_gain >= 0.02) {
        list.push_back({"the last trials still improved the best, by " + percent(s.last_gain, 0) + " of the way from a median trial to it: more trials",
                        "--trials " + std::to_string(2 * s.finished)});
    } else if (s.trials_since_best * 2 > s.finished && s.finished >= 50 && s.edges.empty()) {
        list.push_back({"the " + times(s.trials_since_best, "trial") + " after the best brought nothing better: more of this space are unlikely to; another space, or other features, may", {}});
    }
}

void rate_and_depth(const Situation& s, std::vector<Advice>& list) {
    if (!s.rate_by_depth) return;
    const Shift& m = *s.rate_by_depth;
    const auto rate = [](const Value& v) { return significant(std::get<double>(v), 2); };
    if (!std::holds_alternative<double>(m.value_low) || !std::holds_alternative<double>(m.value_high)) return;
    std::string why = (m.other == "layers" ? "deeper" : "wider") + std::string(" nets want smaller rates: with ") + m.other + " " + to_string(m.at_low) + " the best is near " +
                      rate(m.value_low) + ", with " + to_string(m.at_high) + " near " + rate(m.value_high);
    std::string flags;
    if (s.rates && s.rates->numeric() && m.best_high < 0.25) { // the larger nets are at the low end of what was searched
        Distribution lower = *s.rates;
        lower.low = search::rounded(lower.low / 10, 2);
        flags = "--vary 'learning_rate=" + to_string(lower) + "'";
        why += ", at the low end of what was searched";
    }
    list.push_back({why, flags});
}

void idle_ones(const Situation& s, std::vector<Advice>& list) {
    constexpr size_t shown = 4;
    if (s.idle.empty()) return;
    std::string names, flags;
    for (size_t i = 0; i < std::min(shown, s.idle.size()); ++i) {
        const auto& [name, value] = s.idle[i];
        names += (i == 0 ? "" : i + 1 == std::min(shown, s.idle.size()) ? " and " : ", ") + name;
        const auto* real = std::get_if<double>(&value);
        flags += (i == 0 ? "--set " : " --set ") + name + "=" + to_string(real ? Value{search::rounded(*real, 3)} : value);
    }
    list.push_back({names + (s.idle.size() == 1 ? " hardly matters" : " hardly matter") + ": hold what the winner has, and the trials see more of the others", flags});
}

void noise(const Situation& s, std::vector<Advice>& list) {
    constexpr int64_t enough = 100; // below it more trials are the answer
    if (!s.told || *s.told || s.finished < enough) return;
    list.push_back({"no effect of the hyperparameters can be told from chance: the space is all alike, or the validation rows are too few to tell trials apart; "
                    "a wider space or more rows would tell more", {}});
}

} // namespace

std::string calmer_flags(double lowest_rate, bool unscaled) {
    const Distribution lower{DistributionKind::log, search::rounded(lowest_rate / 1e4), search::rounded(lowest_rate), {}};
    return "--vary 'learning_rate=" + to_string(lower) + "'" + (unscaled ? " --scaling standardize" : "");
}

bool may_be_unscaled(const SweepSettings& settings) {
    const auto& scalings = settings.prepare.scalings;
    return settings.initial.file.empty() && std::find(scalings.begin(), scalings.end(), Scaling::none) != scalings.end();
}

double lowest_rate(const SweepSettings& settings) {
    const Parameter* parameter = settings.space.find("learning_rate");
    if (parameter == nullptr) return static_cast<double>(settings.defaults.learning_rate);
    if (parameter->distribution.choices.empty()) return parameter->distribution.low;
    double lowest = std::numeric_limits<double>::infinity();
    for (const Value& value : parameter->distribution.choices) {
        Hyperparameters one;
        set(one, "learning_rate", value);
        lowest = std::min(lowest, static_cast<double>(one.learning_rate));
    }
    return lowest;
}

std::vector<Advice> advise(const Situation& s) {
    std::vector<Advice> list;
    if (!s.ended)
        list.push_back({"the sweep has not ended: " + (s.to_come > 0 ? times(s.to_come, "trial") + (s.to_come == 1 ? " is" : " are") + " still to come" : std::string("its winner is still to be measured on the test rows")) +
                            (s.retuned ? "; `caviar retune` with the same arguments goes on, `caviar resume` searches further" : "; resume it"), {}});
    if (s.finished == 0) return list;
    if (!s.has_best) {
        if (s.diverged > 0 && s.ended && s.rates)
            list.push_back({(s.diverged == s.finished ? "every trial diverged" : times(s.diverged, "trial") + " of " + count(s.finished) + " diverged, and no other came to its end") +
                                std::string(s.unscaled ? ": lower learning rates, and features on one scale" : ": lower learning rates"),
                            calmer_flags(s.rates->low, s.unscaled)});
        return list;
    }
    for (const search::Edge& edge : s.edges) list.push_back({edge.why + "; a wider range may do better", edge.flag});
    many_diverged(s, list);
    rate_and_depth(s, list);
    more_epochs(s, list);
    fewer_epochs(s, list);
    more_trials(s, list);
    idle_ones(s, list);
    noise(s, list);
    return list;
}

} // namespace caviar::report
