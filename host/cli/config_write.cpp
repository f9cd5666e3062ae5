#include "host/cli/config.h"

#include "host/cli/settings.h"

#include <algorithm>
#include <map>

namespace caviar::cli {

namespace {

/// JSON's strings are TOML's but for one character that TOML wants escaped.
std::string toml(const Json& value) {
    if (value.is_array()) {
        std::string list;
        for (const Json& item : value) list += (list.empty() ? "" : ", ") + toml(item);
        return '[' + list + ']';
    }
    std::string text;
    for (const char c : value.dump(-1, ' ', false, Json::error_handler_t::replace)) {
        text += c == '\x7f' ? std::string("\\u007F") : std::string(1, c);
    }
    return text;
}

std::string toml(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return toml(Json(*text));
    std::string text = caviar::to_string(value);
    // TOML tells 5 from 5.0, and so do Values.
    if (std::holds_alternative<double>(value) && text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

std::string toml(const Parameter& parameter) {
    const Distribution& distribution = parameter.distribution;
    const std::string how = distribution.kind == DistributionKind::constant && !distribution.choices.empty()
                                ? toml(distribution.choices.front())
                                : toml(Json(caviar::to_string(distribution)));
    if (!parameter.when) return how;
    return "{ dist = " + how + ", when = " + toml(Json(to_string(*parameter.when))) + " }";
}

void add_defaults(std::vector<ConfigLine>& lines, const SweepSettings& settings) {
    const Hyperparameters& defaults = settings.defaults;
    const bool one_width = std::adjacent_find(defaults.hidden.begin(), defaults.hidden.end(), std::not_equal_to<>()) == defaults.hidden.end();
    lines.push_back({"train", "layers", toml(get(defaults, "layers"))});
    for (const Field& field : fields()) {
        const std::string name(field.name);
        if (name == "layers" || settings.space.find(name) != nullptr) continue;
        if (name == "units" && (defaults.hidden.empty() || !one_width)) continue;
        if (name.starts_with("units_") && (one_width || static_cast<size_t>(std::stoi(name.substr(6))) > defaults.hidden.size())) continue;
        lines.push_back({"train", name, toml(get(defaults, name))});
    }
    if (settings.space.find("layers") != nullptr) std::erase_if(lines, [](const ConfigLine& line) { return line.section == "train" && line.key == "layers"; });
}

} // namespace

std::vector<ConfigLine> config_lines(const SweepSettings& resolved, const EngineOptions& engine) {
    Request request;
    request.settings = resolved;
    request.engine = engine;
    std::vector<ConfigLine> lines;
    const bool built_in = is_builtin(resolved.data);
    const auto add_section = [&](const std::string& section) {
        for (const Setting& setting : settings()) {
            if (section != setting.section || (built_in && !fits_builtin(setting))) continue;
            if (const Json value = setting.get(request); !value.is_null()) lines.push_back({section, setting.key, toml(value)});
        }
    };
    add_section("data");
    lines.push_back({"space", "only", "true"});
    for (const Parameter& parameter : resolved.space.parameters()) lines.push_back({"space", parameter.name, toml(parameter)});
    add_section("search");
    add_section("train");
    add_defaults(lines, resolved);
    return lines;
}

std::string to_toml(const std::vector<ConfigLine>& lines) {
    std::string text, section;
    for (const ConfigLine& line : lines) {
        if (line.section != section) {
            section = line.section;
            text += (text.empty() ? "[" : "\n[") + section + "]\n";
        }
        text += line.key + " = " + line.value + '\n';
    }
    return text;
}

std::vector<std::string> differences(const SweepSettings& study, const SweepSettings& asked) {
    using Map = std::map<std::pair<std::string, std::string>, std::string>;
    const auto as_map = [](const SweepSettings& settings) {
        Map map;
        // A hyperparameter is in [space] or in [train]; to a person it is the same one.
        for (const ConfigLine& line : config_lines(settings, {})) map[{line.section == "space" ? "train" : line.section, line.key}] = line.value;
        map.erase({"train", "only"});
        if (!settings.initial.file.empty()) map[{"train", "initial_model"}] += " (" + settings.initial.hash.substr(0, 8) + ")";
        // Where the data lie does not matter: their fingerprint does.
        for (const char* key : {"path", "valid", "test", "labels", "valid_labels", "test_labels"}) map.erase({"data", key});
        return map;
    };
    const Map old = as_map(study), now = as_map(asked);
    const auto shown = [](const Map& map, const Map::key_type& key) {
        const auto found = map.find(key);
        return found == map.end() ? std::string("not set") : found->second;
    };
    Map both = old;
    both.insert(now.begin(), now.end());
    std::vector<std::string> list;
    for (const auto& [key, ignored] : both) {
        const std::string a = shown(old, key), b = shown(now, key);
        if (a != b) list.push_back(key.second + ": the study has " + a + ", this command " + b);
    }
    return list;
}

} // namespace caviar::cli
