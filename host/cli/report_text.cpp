#include "host/cli/report_text.h"

#include "host/cli/sparkline.h"
#include "host/cli/sweep_run.h"
#include "host/report/numbers.h"
#include "host/report/round_box.h"
#include "host/report/text.h"
#include "host/report/text_table.h"
#include "host/search/shown.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace caviar::cli {

namespace {

using namespace importance;
using report::Stretch;
using report::StudyFacts;

int line_width(const Context& context) { return context.out_is_terminal ? context.width : 0; }

/// A line; where it is wider than the terminal, further ones below its text.
void say(Context& context, const std::string& begin, const std::string& text, std::optional<report::Colour> colour = {}) {
    const int width = line_width(context);
    const std::string lines = begin + (width > 0 ? report::wrap(text, report::display_width(begin), width) : text);
    context.out << (colour ? report::coloured(lines, *colour, context.out_color) : lines) << '\n';
}

void heading(Context& context, const std::string& text) {
    context.out << '\n' << report::coloured(text, report::Colour::bold, context.out_color) << '\n';
}

std::string metric_text(double value) { return std::isfinite(value) ? report::significant(value, 5) : "-"; }

std::string value_text(const SearchSpace& space, const std::string& name, const Value& value) {
    const Parameter* parameter = space.find(name);
    return parameter != nullptr ? search::shown(parameter->distribution, value) : caviar::to_string(value);
}

std::string value_in(const StudyFacts& facts, const std::optional<TrialRow>& row, const std::string& name) {
    if (!row) return {};
    for (const auto& [key, value] : row->trial.configuration)
        if (key == name) return value_text(facts.settings.space, name, value);
    return {};
}

void show_state(Context& context, const StudyFacts& facts) {
    const StudyCounts& c = facts.counts;
    std::string text = facts.path + ": ";
    text += c.trials == 0 ? "no trial yet" : facts.finished ? "finished" : "not finished";
    if (c.trials > 0) text += ", " + report::count(c.finished()) + (c.finished() == 1 ? " trial" : " trials");
    if (c.diverged > 0) text += ", " + report::count(c.diverged) + " diverged";
    if (c.stopped > 0) text += ", " + report::count(c.stopped) + " stopped early";
    if (c.finished() > 0) text += ", " + report::count(c.epochs) + " epochs, " + report::duration(c.seconds) + " of training";
    const SweepSettings& s = facts.settings;
    std::string how = s.data + (s.prepare.target.empty() ? "" : ", target " + s.prepare.target) + "; " + s.sampler.name +
                      (s.sampler.plan.empty() ? "" : ", " + s.sampler.plan) + (s.scheduler.name == "none" ? "" : " with " + s.scheduler.name);
    say(context, "", report::printable(text), report::Colour::bold);
    say(context, "", report::printable(how));
}

void show_best(Context& context, const StudyFacts& facts) {
    if (facts.test) show_test(context, *facts.test);
    else if (facts.best)
        context.out << "\nThe best so far, trial " << facts.best->trial.id << ": validation " << caviar::to_string(facts.metric) << ' '
                    << metric_text(facts.best_metric) << (facts.finished ? "; there are no test rows" : "; the test rows wait for the end") << '\n';
    else if (facts.counts.finished() > 0) context.out << "\nNo trial came to an end that counts.\n";
    if (facts.winner) cli::show_winner(context, *facts.winner, facts.settings, facts.metric);
}

std::string title(const Stretch& s, bool of_trials) {
    const int64_t first = of_trials ? s.first : s.first_round + 1, last = of_trials ? s.last : s.last_round + 1;
    const std::string what = of_trials ? "trial" : "round";
    return first == last ? what + ' ' + std::to_string(first) : what + "s " + std::to_string(first) + '-' + std::to_string(last);
}

/// The first, the last, and what lies evenly between them.
std::vector<const Stretch*> some_of(const std::vector<Stretch>& all, size_t count) {
    std::vector<const Stretch*> some;
    for (size_t k = 0; k < count; ++k) some.push_back(&all[count == 1 ? all.size() - 1 : k * (all.size() - 1) / (count - 1)]);
    return some;
}

/// Winner and runner-up, and what each part of the search looked at and found.
report::TextTable search_table(const StudyFacts& facts, const std::vector<std::string>& names, size_t columns) {
    const auto parts = some_of(facts.stretches, columns);
    const bool of_trials = facts.stretches.back().last_round == 0;
    const std::string mean = facts.settings.nets_for_each() > 1 ? " (mean)" : ""; // a round's are those of single nets
    std::vector<std::string> headers{"", "winner" + mean}, trials{"trials", std::to_string(facts.best->trial.id)},
        best{caviar::to_string(facts.metric), metric_text(facts.best_metric)}, median{"median", ""};
    if (facts.runner_up) {
        headers.push_back("runner-up" + mean);
        trials.push_back(std::to_string(facts.runner_up->trial.id));
        best.push_back(metric_text(facts.runner_up_metric));
        median.emplace_back();
    }
    std::vector<std::vector<report::BoxSide>> boxes;
    for (const Stretch* part : parts) {
        headers.push_back(title(*part, of_trials));
        trials.push_back(report::count(part->finished));
        best.push_back(metric_text(part->best));
        median.push_back(metric_text(part->median));
        boxes.push_back(report::round_box(part->state));
    }
    report::TextTable table(headers);
    for (auto* row : {&trials, &best, &median}) table.add(*row);
    for (const std::string& name : names) {
        std::vector<std::string> row{name, value_in(facts, facts.best, name)};
        if (facts.runner_up) row.push_back(value_in(facts, facts.runner_up, name));
        for (const auto& box : boxes) {
            row.emplace_back();
            for (const report::BoxSide& side : box)
                if (side.name == name) row.back() = report::to_string(side, facts.settings.space);
        }
        table.add(row);
    }
    return table;
}

void show_search(Context& context, const StudyFacts& facts, const std::optional<Importance>& found) {
    if (!facts.best || facts.stretches.empty()) return;
    std::vector<std::string> names;
    if (found && found->told()) {
        for (const Effect& effect : found->effects) names.push_back(effect.name);
    } else {
        for (const Parameter* parameter : facts.settings.space.varying()) names.push_back(parameter->name);
    }
    heading(context, "The search");
    const int width = line_width(context);
    for (size_t columns = facts.stretches.size();; --columns) {
        const std::string text = search_table(facts, names, columns).str();
        int widest = 0;
        for (size_t at = 0; at < text.size();) {
            const size_t end = text.find('\n', at);
            widest = std::max(widest, report::display_width(text.substr(at, end - at)));
            at = end + 1;
        }
        if (width > 0 && widest > width && columns > 1) continue;
        context.out << search_table(facts, names, columns).str(width, context.out_color);
        return;
    }
}

std::string bar(const Share& share) {
    constexpr double width = 16;
    const auto columns = [&](double part) { return static_cast<int>(std::lround(std::clamp(part, 0.0, 1.0) * width)); };
    std::string text;
    for (int i = 0; i < columns(share.share); ++i) text += "█";
    for (int i = columns(share.share); i < columns(share.high); ++i) text += "░";
    return report::pad_right(text, static_cast<int>(width));
}

std::string share_text(const Share& share) {
    return report::pad_left(report::percent(share.share, 0), 5) +
           report::pad_left("(" + report::fixed(100 * share.low, 0) + " .. " + report::fixed(100 * share.high, 0) + ")", 12);
}

/// Where it is best, and how good it is along its scale: tall is good.
std::string best_text(const Effect& effect, const SearchSpace& space) {
    const Parameter* parameter = space.find(effect.name);
    if (parameter == nullptr) return {};
    const auto best = static_cast<size_t>(std::min_element(effect.ranks.begin(), effect.ranks.end()) - effect.ranks.begin());
    std::vector<float> good;
    for (const double rank : effect.ranks) good.push_back(static_cast<float>(1 - rank));
    const Distribution& d = parameter->distribution;
    const std::string value = search::shown(d, d.at(effect.units[best]));
    return sparkline(good, 12) + "  best " + value;
}

void show_pairs(Context& context, const Importance& found, const SearchSpace& space) {
    constexpr size_t most = 3;
    size_t shown = 0;
    for (const Interaction& pair : found.interactions) {
        if (shown == most || pair.share.share < 0.01 || pair.share.low <= 0) break;
        std::string line = "  " + found.effects[pair.first].name + " with " + found.effects[pair.second].name + "  " + share_text(pair.share);
        auto moved = report::shift(found, pair, space, false);
        if (!moved) moved = report::shift(found, pair, space, true);
        if (moved)
            line += "  best " + moved->name + ' ' + value_text(space, moved->name, moved->value_low) + " at " + moved->other + ' ' +
                    value_text(space, moved->other, moved->at_low) + ", " + value_text(space, moved->name, moved->value_high) + " at " +
                    value_text(space, moved->other, moved->at_high);
        if (shown++ == 0) context.out << "Together, beyond what each does alone:\n";
        context.out << (line_width(context) > 0 ? report::truncate(line, line_width(context)) : line) << '\n';
    }
}

void show_importance(Context& context, const StudyFacts& facts, const std::optional<Importance>& found) {
    if (facts.counts.finished() == 0) return;
    heading(context, "What mattered");
    if (!found) {
        context.out << "Too little to tell: " << (facts.counts.finished() < static_cast<int64_t>(fewest_trials) ? "at least " + std::to_string(fewest_trials) + " finished trials are needed"
                                                                                            : std::string("nothing varied, or all trials did equally well")) << ".\n";
        return;
    }
    if (!found->told()) {
        context.out << "From " << report::count(static_cast<int64_t>(found->trials)) << " trials no effect can be told from chance.\n";
        return;
    }
    const std::string legend = "Share of the variance of the trials' ranks over the whole space, with 90 % intervals, from " + report::count(static_cast<int64_t>(found->trials)) +
                               " trials; tall is good.";
    say(context, "", legend);
    constexpr size_t most = 7;
    constexpr double least = 0.01;
    int widest = 0;
    for (const Effect& effect : found->effects) widest = std::max(widest, report::display_width(effect.name));
    std::string others;
    for (size_t e = 0; e < found->effects.size(); ++e) {
        const Effect& effect = found->effects[e];
        if (e >= most || (e >= 2 && effect.share.share < least)) {
            others += (others.empty() ? "" : ", ") + effect.name;
            continue;
        }
        const std::string line = "  " + report::pad_right(effect.name, widest) + "  " + bar(effect.share) + share_text(effect.share) + "  " + best_text(effect, facts.settings.space);
        context.out << (line_width(context) > 0 ? report::truncate(line, line_width(context)) : line) << '\n';
    }
    if (!others.empty()) say(context, "  less: ", others, report::Colour::dim);
    show_pairs(context, *found, facts.settings.space);
}

void show_stops(Context& context, const StudyFacts& facts) {
    if (facts.stopped_after.empty()) return;
    heading(context, "Stopped early");
    constexpr size_t most = 6;
    std::string text;
    size_t shown = 0;
    for (const auto& [epochs, trials] : facts.stopped_after) {
        if (shown++ == most) {
            text += ", and later";
            break;
        }
        text += (text.empty() ? "" : ", ") + report::count(trials) + " after " + std::to_string(epochs);
    }
    text = facts.settings.scheduler.name + " stopped " + report::count(facts.counts.stopped) + " of " + report::count(facts.counts.finished()) + " trials (" + text + " epochs)";
    if (facts.epochs_possible > 0)
        text += "; " + report::percent(1 - static_cast<double>(facts.counts.epochs) / static_cast<double>(facts.epochs_possible), 0) + " of all epochs were never trained";
    say(context, "", text + ".");
}

void show_lineage(Context& context, const StudyFacts& facts) {
    if (facts.lineage.empty()) return;
    heading(context, "How the winner came about");
    report::TextTable table({"from epoch", "trial", "with"});
    for (const report::Ancestor& step : facts.lineage) {
        std::string settings;
        for (const auto& [name, value] : step.settings) settings += (settings.empty() ? "" : ", ") + name + ' ' + value_text(facts.settings.space, name, value);
        table.add({std::to_string(step.epoch), std::to_string(step.trial), settings});
    }
    context.out << table.str(line_width(context), context.out_color);
}

void show_advice(Context& context, const std::vector<report::Advice>& list) {
    constexpr size_t most = 6;
    if (list.empty()) return;
    heading(context, "What to do next");
    for (size_t i = 0; i < std::min(most, list.size()); ++i) {
        const report::Advice& advice = list[i];
        say(context, "- ", advice.why);
        if (!advice.flags.empty()) say(context, "    ", advice.flags, report::Colour::cyan);
    }
}

} // namespace

void show_report(Context& context, const StudyFacts& facts, const std::optional<Importance>& found, const std::vector<report::Advice>& advice) {
    show_state(context, facts);
    show_best(context, facts);
    show_search(context, facts, found);
    show_importance(context, facts, found);
    show_stops(context, facts);
    show_lineage(context, facts);
    show_advice(context, advice);
    context.out.flush();
}

} // namespace caviar::cli
