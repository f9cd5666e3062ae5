#include "host/cli/stats.h"

#include "host/report/json_lines.h"
#include "host/report/numbers.h"
#include "host/report/text_table.h"

#include <algorithm>
#include <limits>

namespace caviar::cli {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

double ratio(double part, double whole) { return whole > 0 ? part / whole : unknown; }

double rate(const TierStatistics& tier) { return ratio(tier.flops, tier.seconds); }

} // namespace

double Stats::overhead() const {
    const auto rung = std::find_if(phases.begin(), phases.end(), [](const PhaseTime& p) { return p.name == "rung"; });
    return rung == phases.end() ? unknown : 1 - ratio(rung->seconds, seconds);
}

Stats gather_stats(const Engine& engine, const SweepOutcome& outcome, const PhaseClock& clock) {
    Stats stats;
    stats.seconds = clock.seconds();
    stats.phases = clock.phases();
    PhaseTime other{"other", 1, stats.seconds};
    for (const PhaseTime& phase : stats.phases) other.seconds -= phase.seconds;
    stats.phases.push_back(other);
    stats.tiers = outcome.tiers;
    if (!stats.tiers.empty()) stats.peak = engine.peak();
    return stats;
}

std::string stats_text(const Stats& stats, int width, bool colour) {
    std::string text;
    if (stats.tiers.empty()) {
        text += "Nothing was trained in this run.\n";
    } else {
        const bool known = stats.peak.flops > 0;
        const bool device = stats.tiers[0].tier != "cpu";
        std::vector<std::string> headers{"tier", "trials", "launches", "time", "busy", "GFLOP/s", "of peak", "read back"};
        if (device) headers.insert(headers.begin() + 5, "occupancy");
        report::TextTable tiers(headers);
        const auto share = [](double seconds, double of) { return seconds > 0 ? report::percent(ratio(seconds, of)) : "-"; };
        for (const TierStatistics& tier : stats.tiers) {
            std::vector<std::string> cells{tier.tier, std::to_string(tier.trials), std::to_string(tier.launches), report::duration(tier.seconds),
                                           share(tier.busy_seconds, tier.seconds), report::significant(rate(tier) * 1e-9, 4),
                                           known ? report::percent(rate(tier) / stats.peak.flops) : "-", report::bytes(tier.bytes_read_back)};
            if (device) cells.insert(cells.begin() + 5, share(tier.occupied_seconds, tier.seconds));
            tiers.add(cells);
        }
        text += tiers.str(width, colour);
        text += known ? "Peak: " + report::significant(stats.peak.flops * 1e-9, 4) + " GFLOP/s, " + stats.peak.basis + ".\n"
                      : "Peak not given: " + stats.peak.basis + ".\n";
    }
    report::TextTable phases({"phase", "times", "time", "share"});
    for (const PhaseTime& phase : stats.phases)
        phases.add({phase.name, std::to_string(phase.times), report::duration(phase.seconds), report::percent(ratio(phase.seconds, stats.seconds))});
    text += phases.str(width, colour);
    if (const double overhead = stats.overhead(); overhead == overhead)
        text += "Everything but training: " + report::percent(overhead, 2) + " of " + report::duration(stats.seconds) + ".\n";
    return text;
}

Document stats_document(const Stats& stats) {
    using report::json_number;
    Document phases = Document::array(), tiers = Document::array();
    for (const PhaseTime& phase : stats.phases)
        phases.push_back({{"phase", phase.name}, {"times", phase.times}, {"seconds", json_number(phase.seconds)}});
    const bool known = stats.peak.flops > 0;
    for (const TierStatistics& tier : stats.tiers) {
        const auto share = [&](double seconds) { return seconds > 0 ? json_number(ratio(seconds, tier.seconds)) : Document(); };
        tiers.push_back({{"tier", tier.tier},
                         {"trials", tier.trials},
                         {"launches", tier.launches},
                         {"seconds", json_number(tier.seconds)},
                         {"busy", share(tier.busy_seconds)},
                         {"occupancy", share(tier.occupied_seconds)},
                         {"flops", json_number(tier.flops)},
                         {"flops_per_second", json_number(rate(tier))},
                         {"share_of_peak", json_number(known ? rate(tier) / stats.peak.flops : unknown)},
                         {"bytes_read_back", tier.bytes_read_back}});
    }
    return {{"seconds", json_number(stats.seconds)},
            {"overhead", json_number(stats.overhead())},
            {"phases", std::move(phases)},
            {"peak", {{"flops_per_second", json_number(known ? stats.peak.flops : unknown)}, {"basis", stats.peak.basis}}},
            {"tiers", std::move(tiers)}};
}

} // namespace caviar::cli
