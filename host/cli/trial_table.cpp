#include "host/cli/trial_table.h"

#include "host/report/numbers.h"
#include "host/report/text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace caviar::cli {

namespace {

const Value* find(const Configuration& configuration, const std::string& name) {
    for (const auto& [key, value] : configuration) {
        if (key == name) return &value;
    }
    return nullptr;
}

std::string shown(const Value& value) {
    const auto* real = std::get_if<double>(&value);
    return real != nullptr ? report::significant(*real, 3) : caviar::to_string(value);
}

} // namespace

std::string heading_of(const std::string& parameter) { return parameter == "epochs" ? "settings.epochs" : parameter; }

std::vector<std::string> shown_parameters(const std::vector<TrialRow>& rows) {
    std::map<std::string, std::set<Value>> values;
    std::map<std::string, size_t> times;
    for (const TrialRow& row : rows) {
        for (const auto& [name, value] : row.trial.configuration) {
            values[name].insert(value);
            ++times[name];
        }
    }
    std::vector<std::string> names;
    for (const Field& field : fields()) {
        const std::string name(field.name);
        const auto found = values.find(name);
        if (found == values.end()) continue;
        if (found->second.size() > 1 || times[name] < rows.size() || rows.size() == 1) names.push_back(name);
    }
    return names;
}

report::TextTable trial_table(const std::vector<TrialRow>& rows, Metric metric, const std::vector<std::string>& parameters,
                              const std::vector<Spread>& spreads, const std::string& nets) {
    const bool states = std::any_of(rows.begin(), rows.end(), [](const TrialRow& r) { return r.result.state != TrialState::complete; });
    std::vector<std::string> headers{"trial"};
    if (states) headers.emplace_back("state");
    headers.push_back(to_string(metric));
    if (!spreads.empty()) headers.insert(headers.end(), {"+-", nets});
    headers.insert(headers.end(), {"loss", "epochs"});
    for (const std::string& name : parameters) headers.push_back(heading_of(name));
    report::TextTable table(headers);
    for (size_t i = 0; i < rows.size(); ++i) {
        const TrialRow& row = rows[i];
        std::vector<std::string> cells{std::to_string(row.trial.id)};
        if (states) cells.push_back(to_string(row.result.state));
        cells.push_back(std::isfinite(row.metric) ? report::significant(row.metric, 5) : "");
        if (!spreads.empty()) {
            cells.push_back(std::isfinite(spreads[i].deviation) ? report::significant(spreads[i].deviation, 2) : "");
            cells.push_back(std::to_string(spreads[i].nets));
        }
        cells.push_back(std::isfinite(row.score.loss) ? report::significant(row.score.loss, 4) : "");
        cells.push_back(std::to_string(row.epochs));
        for (const std::string& name : parameters) {
            const Value* value = find(row.trial.configuration, name);
            cells.push_back(value == nullptr ? "" : shown(*value));
        }
        table.add(std::move(cells));
    }
    return table;
}

namespace {

std::string fitted(const std::vector<TrialRow>& rows, Metric metric, int width, bool colour, const std::vector<Spread>& spreads,
                   const std::string& nets) {
    std::vector<std::string> parameters = shown_parameters(rows);
    std::string left_out;
    while (width > 0 && !parameters.empty()) {
        const std::string text = trial_table(rows, metric, parameters, spreads, nets).str();
        if (report::display_width(text.substr(0, text.find('\n'))) <= width) break;
        left_out = left_out.empty() ? parameters.back() : parameters.back() + ", " + left_out;
        parameters.pop_back();
    }
    std::string text = trial_table(rows, metric, parameters, spreads, nets).str(width, colour);
    if (!left_out.empty()) text += report::coloured(report::truncate("no room for: " + left_out, width), report::Colour::dim, colour) + '\n';
    return text;
}

} // namespace

std::string fitted_trial_table(const std::vector<TrialRow>& rows, Metric metric, int width, bool colour) {
    return fitted(rows, metric, width, colour, {}, {});
}

std::string fitted_trial_table(const std::vector<study::Candidate>& candidates, Metric metric, int width, bool colour, const std::string& nets) {
    std::vector<TrialRow> rows;
    std::vector<Spread> spreads;
    for (const study::Candidate& c : candidates) {
        rows.push_back(c.best);
        rows.back().metric = c.metric;
        rows.back().score = c.score;
        spreads.push_back({c.deviation, c.trials.size()});
    }
    const bool single = std::all_of(spreads.begin(), spreads.end(), [](const Spread& s) { return s.nets == 1; });
    return fitted(rows, metric, width, colour, single ? std::vector<Spread>{} : spreads, nets);
}

} // namespace caviar::cli
