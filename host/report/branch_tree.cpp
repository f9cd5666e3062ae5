#include "host/report/branch_tree.h"

#include "host/report/numbers.h"
#include "host/report/text_table.h"
#include "host/study/replay.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

namespace caviar::report {

namespace {

struct Branch {
    TrialRow row;
    std::vector<Event> events;
    const Event* point = nullptr; ///< where it left another
};

std::vector<Branch> branches_of(const Study& study) {
    std::vector<Branch> branches;
    TrialQuery query;
    query.sort = "id";
    query.curves = true;
    for (TrialRow& row : study.trials(query)) {
        branches.push_back({std::move(row), {}, nullptr});
        branches.back().events = study.events(branches.back().row.trial.id);
    }
    for (Branch& b : branches)
        for (const Event& event : b.events)
            if (event.copied_from) b.point = &event;
    return branches;
}

/// No limit of its own: a babysat model whose schedule has no end runs on.
bool endless(const Value& epochs) { return epochs == Value{static_cast<int64_t>(field("epochs").high)}; }

std::string epochs(int32_t n) { return std::to_string(n) + (n == 1 ? " epoch" : " epochs"); }

std::string summary(const Branch& b, Metric metric) {
    std::string text = "branch " + std::to_string(b.row.trial.id) + "  ";
    if (b.point) text += "after " + std::to_string(b.point->epoch) + "; ";
    text += epochs(b.row.epochs);
    if (b.row.result.state == TrialState::diverged) return text + ", diverged";
    if (b.row.result.best_epoch >= 0)
        text += ", best " + to_string(metric) + " " + significant(b.row.metric) + " at epoch " +
                std::to_string(b.row.result.best_epoch + 1);
    return text;
}

std::string changes_text(const Event& event) {
    std::string text;
    for (const auto& [name, value] : event.changes) {
        if (name == "epochs" && endless(value)) continue; // nothing that a person set
        text += (text.empty() ? "" : ", ") + name + " " + to_string(value);
    }
    return text.empty() ? text : "after " + std::to_string(event.epoch) + ": " + text;
}

void draw(std::string& text, const std::vector<Branch>& all, const Branch& b, const std::string& margin, const std::string& head,
          Metric metric) {
    text += head + summary(b, metric) + '\n';
    std::vector<const Branch*> children;
    for (const Branch& other : all)
        if (other.point && *other.point->copied_from == b.row.trial.id) children.push_back(&other);
    for (const Event& event : b.events) {
        if (b.point && event.epoch < b.point->epoch) continue; // what it shares with the one it left
        if (const std::string line = changes_text(event); !line.empty())
            text += margin + (children.empty() ? "   " : "|  ") + line + '\n';
    }
    for (const Branch* child : children)
        draw(text, all, *child, margin + (child == children.back() ? "   " : "|  "), margin + "+- ", metric);
}

} // namespace

std::string branch_tree(const Study& study) {
    if (!study::is_panda(study)) return {};
    const auto branches = branches_of(study);
    std::string text;
    for (const Branch& b : branches)
        if (!b.point) draw(text, branches, b, "", "", study.header().metric);
    return text;
}

std::string branch_table(const Study& study, std::optional<TrialId> in_hand, int width, bool colour) {
    if (!study::is_panda(study)) return {};
    auto branches = branches_of(study);
    std::vector<std::map<std::string, std::string>> settings;
    std::map<std::string, std::set<std::string>> values;
    for (const Branch& b : branches) {
        const Hyperparameters h = study::settings_after(b.row.trial, b.events, b.row.epochs);
        auto& mine = settings.emplace_back();
        for (const Field& field : fields()) {
            const std::string name(field.name);
            const Value value = get(h, name);
            mine[name] = name == "epochs" && endless(value) ? "" : to_string(value);
            values[name].insert(mine[name]);
        }
    }
    const Metric metric = study.header().metric;
    std::vector<std::string> headers{"branch",   "from",          "epochs",         "best " + to_string(metric),
                                     "at epoch", "training loss", "validation loss"},
        differing;
    for (const Field& field : fields())
        if (values[std::string(field.name)].size() > 1) differing.emplace_back(field.name);
    headers.insert(headers.end(), differing.begin(), differing.end());
    if (in_hand) headers.insert(headers.begin(), "");

    std::vector<size_t> order(branches.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return branches[a].row.score < branches[b].row.score; });
    TextTable table(headers);
    for (const size_t i : order) {
        const Branch& b = branches[i];
        const auto& curve = b.row.result.curve;
        const bool has_best = std::isfinite(b.row.metric);
        std::vector<std::string> cells{
            std::to_string(b.row.trial.id),
            b.point ? std::to_string(*b.point->copied_from) + " after " + std::to_string(b.point->epoch) : "",
            std::to_string(b.row.epochs),
            has_best ? significant(b.row.metric) : "",
            has_best ? std::to_string(b.row.result.best_epoch + 1) : "",
            curve.empty() ? "" : significant(curve.back().train_loss),
            curve.empty() ? "" : significant(curve.back().valid_loss)};
        for (const std::string& name : differing) cells.push_back(settings[i][name]);
        if (in_hand) cells.insert(cells.begin(), *in_hand == b.row.trial.id ? "*" : "");
        table.add(std::move(cells));
    }
    return table.folded(in_hand ? 2 : 1, width, colour);
}

} // namespace caviar::report
