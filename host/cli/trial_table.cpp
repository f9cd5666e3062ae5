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
    return real != nullptr ? report::significant(*real, 3) : to_string(value);
}

} // namespace

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

report::TextTable trial_table(const std::vector<TrialRow>& rows, Metric metric, const std::vector<std::string>& parameters) {
    const bool states = std::any_of(rows.begin(), rows.end(), [](const TrialRow& r) { return r.result.state != TrialState::complete; });
    std::vector<std::string> headers{"trial"};
    if (states) headers.emplace_back("state");
    for (std::string header : {to_string(metric), std::string("loss"), std::string("epochs")}) headers.push_back(std::move(header));
    headers.insert(headers.end(), parameters.begin(), parameters.end());
    report::TextTable table(headers);
    for (const TrialRow& row : rows) {
        std::vector<std::string> cells{std::to_string(row.trial.id)};
        if (states) cells.push_back(to_string(row.result.state));
        cells.push_back(std::isfinite(row.metric) ? report::significant(row.metric, 5) : "");
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

std::string fitted_trial_table(const std::vector<TrialRow>& rows, Metric metric, int width, bool colour) {
    std::vector<std::string> parameters = shown_parameters(rows);
    std::string left_out;
    while (width > 0 && !parameters.empty()) {
        const std::string text = trial_table(rows, metric, parameters).str();
        if (report::display_width(text.substr(0, text.find('\n'))) <= width) break;
        left_out = left_out.empty() ? parameters.back() : parameters.back() + ", " + left_out;
        parameters.pop_back();
    }
    std::string text = trial_table(rows, metric, parameters).str(width, colour);
    if (!left_out.empty()) text += report::coloured(report::truncate("no room for: " + left_out, width), report::Colour::dim, colour) + '\n';
    return text;
}

} // namespace caviar::cli
