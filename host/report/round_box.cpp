#include "host/report/round_box.h"

#include "host/search/shown.h"

#include <nlohmann/json.hpp>

namespace caviar::report {
namespace {

using Json = nlohmann::ordered_json;

std::optional<Value> number(const Json& side, const char* key) {
    const auto found = side.find(key);
    if (found == side.end() || !found->is_number()) return {};
    if (found->is_number_integer()) return Value{found->get<int64_t>()};
    return Value{found->get<double>()};
}

BoxSide side_of(const std::string& name, const Json& json) {
    BoxSide side{name, {}, {}, {}};
    if (const auto held = json.find("value"); held != json.end() && held->is_string()) side.held = held->get<std::string>();
    const auto low = number(json, "low"), high = number(json, "high");
    if (low && high) side.range = {*low, *high};
    if (const auto weights = json.find("weights"); weights != json.end() && weights->is_object())
        for (const auto& [value, weight] : weights->items())
            if (weight.is_number()) side.weights.emplace_back(value, weight.get<double>());
    return side;
}

} // namespace

std::vector<BoxSide> round_box(const std::string& state) {
    std::vector<BoxSide> sides;
    Json json = Json::parse(state, nullptr, false);
    const auto take = [&](const char* key) {
        const auto list = json.find(key);
        if (list == json.end() || !list->is_object()) return false;
        for (const auto& [name, side] : list->items())
            if (side.is_object()) sides.push_back(side_of(name, side));
        return true;
    };
    while (json.is_object() && json.contains("inner")) {
        take("held");
        json = Json(json["inner"]);
    }
    if (!json.is_object() || take("box")) return sides;
    if (const auto name = json.find("parameter"); name != json.end() && name->is_string()) {
        sides.push_back(side_of(name->get<std::string>(), json));
    }
    return sides;
}

std::string to_string(const BoxSide& side, const SearchSpace& space) {
    const Parameter* parameter = space.find(side.name);
    if (!parameter) return {};
    if (side.range) return search::shown(parameter->distribution, side.range->first) + " .. " + search::shown(parameter->distribution, side.range->second);
    if (!side.held.empty()) return "= " + side.held;
    return side.weights.empty() ? "" : side.weights.front().first + " " + search::percent(side.weights.front().second);
}

} // namespace caviar::report
