#include "host/study/query.h"

#include "caviar/error.h"
#include "host/core/names.h"
#include "host/core/value.h"
#include "host/study/filter.h"

#include <algorithm>
#include <array>

namespace caviar::study {

namespace {

struct OwnName {
    std::string_view name, sql;
};

// What a study knows of a trial besides its hyperparameters. `epochs` is the number trained, also where the space varies the limit.
constexpr std::array<OwnName, 9> own_names = {{{"id", "t.id"},
                                               {"round", "t.round"},
                                               {"state", "coalesce(r.state, 'waiting')"},
                                               {"badness", "r.badness"},
                                               {"metric", "r.metric"},
                                               {"loss", "r.loss"},
                                               {"best_epoch", "r.best_epoch"},
                                               {"epochs", "r.epochs"},
                                               {"seconds", "r.seconds"}}};

/// The hyperparameter that is meant: settings.epochs is the one that `epochs`, the number trained, hides.
std::string_view hyperparameter(std::string_view name) {
    constexpr std::string_view prefix = "settings.";
    return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

std::vector<std::string_view> known_names() {
    std::vector<std::string_view> known;
    for (const OwnName& own : own_names) known.push_back(own.name);
    for (const Field& f : fields()) known.push_back(f.name);
    return known;
}

const Field* find_field(std::string_view name) {
    for (const Field& f : fields())
        if (f.name == name) return &f;
    return nullptr;
}

bool is_width(std::string_view name) { return name == "units" || name.starts_with("units_"); }

// The SQL of a name; values it needs are appended. Empty for an unknown name.
std::string expression(std::string_view name, const Names& names, std::vector<Value>& values) {
    for (const OwnName& own : own_names)
        if (own.name == name) return std::string(own.sql);
    if (name == to_string(names.metric)) return "r.metric";
    name = hyperparameter(name);
    if (!find_field(name)) return {};
    if (std::find(names.columns.begin(), names.columns.end(), name) != names.columns.end()) return "t." + quoted(name);
    if (name == "seed") return "t.id"; // see make_trial
    if (is_width(name)) {
        std::string varied;
        for (const std::string& column : names.columns)
            if (is_width(column)) varied += (varied.empty() ? "" : ", ") + column;
        if (!varied.empty()) throw UsageError(std::string(name) + " is not set in this study, but " + varied + "; use these");
    }
    values.push_back(get(names.settings.defaults, name)); // the same in every trial
    return "?";
}

std::string known(const std::string& what, std::string_view name, const Names& names, std::vector<Value>& values) {
    std::string sql = expression(name, names, values);
    if (!sql.empty()) return sql;
    const auto all = known_names();
    throw UsageError(what + ": unknown name \"" + std::string(name) + "\"" + core::suggestion(name, all) + " Known: " + core::listed(all));
}

// A value as the name it is compared with takes it.
Value value_for(const Comparison& c, const std::string& place) {
    const std::string_view name = hyperparameter(c.name);
    const Field* f = find_field(name);
    const bool words = c.name == "state" || (f && f->kind == "choice");
    if (words) {
        const std::vector<std::string_view> allowed_words =
            f ? f->choices : std::vector<std::string_view>(core::state_names.begin(), core::state_names.end());
        if (c.op != "=" && c.op != "<>") throw UsageError(place + c.name + " is a word: only = and != compare it");
        if (std::find(allowed_words.begin(), allowed_words.end(), c.value) == allowed_words.end())
            throw UsageError(place + c.name + ": unknown value \"" + c.value + "\"" + core::suggestion(c.value, allowed_words) +
                             " Allowed: " + core::listed(allowed_words));
        return c.value;
    }
    if (name == "batch_size" && c.value == "full") return c.value;
    const auto number = core::read_number(c.value);
    if (!number) throw UsageError(place + c.name + " is a number, \"" + c.value + "\" is none");
    return *number;
}

std::string conditions(const TrialQuery& query, const Names& names, std::vector<Value>& values) {
    std::string sql;
    if (!query.ids.empty()) {
        // One JSON list instead of a parameter for each id: there may be more ids than SQLite takes parameters.
        std::string list = "[";
        for (size_t i = 0; i < query.ids.size(); ++i) list += (i ? "," : "") + std::to_string(query.ids[i]);
        values.push_back(list + "]");
        sql += " AND t.id IN (SELECT value FROM json_each(?))";
    }
    if (query.state) {
        values.push_back(to_string(*query.state));
        sql += " AND coalesce(r.state, 'waiting') = ?";
    }
    for (const Comparison& c : parse_filter(query.filter)) {
        const std::string place = "filter \"" + query.filter + "\": at character " + std::to_string(c.position);
        sql += " AND " + known(place, c.name, names, values);
        sql += " " + c.op + " ?";
        values.push_back(value_for(c, place + ": "));
    }
    return sql;
}

} // namespace

void Sql::bind(Statement& statement) const {
    for (size_t i = 0; i < values.size(); ++i)
        std::visit(
            [&](const auto& value) {
                if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
                    statement.bind(static_cast<int>(i) + 1, std::string_view(value));
                else
                    statement.bind(static_cast<int>(i) + 1, value);
            },
            values[i]);
}

Sql select(const TrialQuery& query, const Names& names, Among among, int64_t limit) {
    Sql sql;
    sql.text = "SELECT t.id, t.round, r.state, r.badness, r.loss, r.metric, r.best_epoch, r.epochs, r.seconds, ";
    sql.text += names.times ? "x.run, x.began, x.ended, " : "NULL, NULL, NULL, ";
    sql.text += query.curves ? "c.train_loss_valid_loss_valid_metric_float32" : "NULL";
    for (const std::string& column : names.columns) sql.text += ", t." + quoted(column);
    // CROSS JOIN keeps this order: the planner would go through `trials` first and sort where the index gives the order.
    sql.text += among == Among::finished ? " FROM results r CROSS JOIN trials t ON t.id = r.id" : " FROM trials t LEFT JOIN results r ON r.id = t.id";
    if (names.times) sql.text += " LEFT JOIN times x ON x.id = t.id";
    if (query.curves) sql.text += " LEFT JOIN curves c ON c.id = t.id";
    sql.text += among == Among::waiting ? " WHERE r.id IS NULL" : " WHERE TRUE";
    sql.text += conditions(query, names, sql.values);

    const std::string direction = query.descending ? " DESC" : "";
    if (among == Among::finished)
        sql.text += " ORDER BY r.badness" + direction + ", r.loss" + direction + ", r.id" + direction;
    else if (among == Among::waiting || query.sort == "id")
        sql.text += " ORDER BY t.id" + direction;
    else if (query.sort == "score")
        sql.text += " ORDER BY r.id IS NULL, r.badness" + direction + ", r.loss" + direction + ", t.id" + direction;
    else {
        std::vector<Value> unused;
        const std::string by = known("sort", query.sort, names, unused);
        if (by != "?") sql.text += " ORDER BY " + by + " IS NULL, " + by + direction + ", t.id";
        else sql.text += " ORDER BY t.id";
    }
    sql.values.emplace_back(std::in_place_type<int64_t>, limit);
    sql.text += " LIMIT ?";
    return sql;
}

} // namespace caviar::study
