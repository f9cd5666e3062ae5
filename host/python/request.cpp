#include "host/python/bindings.h"

#include "caviar/error.h"
#include "host/cli/settings.h"
#include "host/cli/spelling.h"
#include "host/study/in_memory.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace caviar::python {

namespace {

using cli::Json;

const cli::Setting* setting_named(const std::string& name) {
    for (const cli::Setting& setting : cli::settings())
        if (setting.key == name) return &setting;
    return nullptr;
}

/// Of the settings of the data those that are about a table, not about a file.
bool fits_memory(const cli::Setting& setting) {
    constexpr std::array<std::string_view, 8> of_tables{"task", "drop", "valid_share", "test_share", "split_seed", "cv", "fold", "max_levels"};
    return std::string_view(setting.section) != "data" || std::find(of_tables.begin(), of_tables.end(), setting.key) != of_tables.end();
}

Distribution constant(Value value) { return {DistributionKind::constant, 0, 0, {std::move(value)}}; }

cli::SpaceEntry varied(const std::string& name, const Json& how) {
    const std::string where = "space: " + name;
    if (how.is_string()) return cli::parse_entry(name + '=' + how.get<std::string>(), where);
    cli::SpaceEntry entry{name, {}, {}, false, where};
    if (!how.is_array()) {
        entry.distribution = constant(value_from(how, where));
        return entry;
    }
    if (how.empty()) throw UsageError(where + ": an empty list has nothing to choose from");
    entry.distribution.kind = DistributionKind::choice;
    for (const Json& item : how) entry.distribution.choices.push_back(value_from(item, where));
    return entry;
}

[[noreturn]] void unknown(const std::string& name) {
    std::vector<std::string> known;
    for (const cli::Setting& setting : cli::settings()) known.emplace_back(setting.key);
    for (const Field& field : fields()) known.emplace_back(field.name);
    throw UsageError("'" + name + "' is neither a setting nor a hyperparameter" + cli::suggestion(name, known));
}

void set_by_name(cli::Request& request, const std::string& name, const Json& value, const Tables* tables) {
    const auto& all = fields();
    if (const cli::Setting* setting = setting_named(name)) {
        if (tables && !fits_memory(*setting)) throw UsageError(name + ": is for data in files; these are arrays");
        cli::set(request, *setting, value, name);
        request.said[name].by_flag = true;
    } else if (std::any_of(all.begin(), all.end(), [&](const Field& field) { return field.name == name; })) {
        request.space.push_back({name, constant(value_from(value, name)), {}, true, name});
    } else {
        unknown(name);
    }
}

} // namespace

Value value_from(const Json& value, const std::string& where) {
    if (value.is_boolean()) return std::string(value.get<bool>() ? "true" : "false");
    if (value.is_number_integer()) return value.get<int64_t>();
    if (value.is_number()) return value.get<double>();
    if (value.is_string()) return value.get<std::string>();
    throw UsageError(where + ": a number or a word is wanted, not " + value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

EngineOptions engine_from(const std::string& text) {
    const Json json = Json::parse(text);
    cli::Request request;
    for (const auto& [name, value] : json.at("settings").items()) {
        const cli::Setting* setting = setting_named(name);
        if (!setting || !cli::is_engine(*setting)) throw UsageError(name + ": a study has its settings; what may be given is engine, threads, isa, device, tier, precision");
        cli::set(request, *setting, value, name);
    }
    return request.engine;
}

cli::Request request_from(const std::string& text, const Tables* tables) {
    const Json json = Json::parse(text);
    cli::Request request;
    request.settings.data = tables ? study::in_memory : json.at("data").get<std::string>();
    if (tables) request.settings.prepare.target = tables->rows.columns.back().name;
    request.only = json.at("only");
    for (const auto& [name, how] : json.at("space").items()) request.space.push_back(varied(name, how));
    for (const auto& [name, value] : json.at("settings").items()) set_by_name(request, name, value, tables);
    cli::default_target(request);
    return request;
}

} // namespace caviar::python
