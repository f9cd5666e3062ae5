#include "host/core/condition.h"

#include "caviar/error.h"
#include "host/core/distribution.h"
#include "host/core/value.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace caviar::core {

namespace {

std::optional<Condition> read_condition(const Field& f) {
    std::string_view text = f.when;
    if (text.empty()) return {};
    Condition condition;
    if (const size_t in = text.find(" in "); in != std::string_view::npos) {
        condition.parameter = text.substr(0, in);
        text.remove_prefix(in + 4);
        while (!text.empty()) {
            const size_t comma = std::min(text.find(','), text.size());
            condition.values.emplace_back(std::string(text.substr(0, comma)));
            text.remove_prefix(std::min(comma + 1, text.size()));
        }
    } else if (const size_t least = text.find(" >= "); least != std::string_view::npos) {
        condition.parameter = text.substr(0, least);
        const auto from = std::get<int64_t>(*read_number(text.substr(least + 4)));
        for (int64_t v = from; v <= static_cast<int64_t>(field(condition.parameter).high); ++v) condition.values.emplace_back(v);
    }
    return condition;
}

} // namespace

const std::optional<Condition>& automatic_condition(const Field& f) {
    static const auto all = [] { // asked for with every trial
        std::unordered_map<std::string_view, std::optional<Condition>> read;
        for (const Field& each : fields()) read.emplace(each.name, read_condition(each));
        return read;
    }();
    return all.at(f.name);
}

bool meets(const Condition& condition, const Value& value) {
    return std::any_of(condition.values.begin(), condition.values.end(), [&](const Value& v) { return same(v, value); });
}

Met met(const Condition& condition, const Distribution& d) {
    const int64_t all = d.count();
    int64_t drawn = 0;
    if (d.numeric()) {
        for (auto v = condition.values.begin(); v != condition.values.end(); ++v) {
            const auto number = as_double(*v);
            if (!number || *number < d.low || *number > d.high) continue;
            if (std::any_of(condition.values.begin(), v, [&](const Value& earlier) { return same(earlier, *v); })) continue;
            try {
                if (same(d.at(d.unit(*v)), *v)) ++drawn;
            } catch (const UsageError&) { // between two values: not drawn
            }
        }
        return drawn == 0 ? Met::never : all != 0 && drawn == all ? Met::always : Met::sometimes;
    }
    bool some = false, every = true;
    for (const Value& v : d.choices) {
        const bool one = meets(condition, v);
        some |= one;
        every &= one;
    }
    return some ? (every ? Met::always : Met::sometimes) : Met::never;
}

} // namespace caviar::core
