#include "host/search/priority.h"

#include <algorithm>
#include <utility>

namespace caviar::search {

Priority priority(std::string_view name) {
    if (name == "learning_rate") return Priority::rate;
    if (name == "momentum" || name == "units" || name.starts_with("units_") || name == "batch_size") return Priority::large;
    if (name == "layers" || name == "schedule" || field(name).when.starts_with("schedule in ")) return Priority::depth;
    if (name == "beta2" || name == "epsilon") return Priority::constants;
    return Priority::rest;
}

std::vector<size_t> by_priority(const SearchSpace& space) {
    const auto& parameters = space.parameters();
    std::vector<size_t> order;
    for (size_t i = 0; i < parameters.size(); ++i)
        if (parameters[i].distribution.count() != 1) order.push_back(i);
    const auto place = [](std::string_view name) { return std::ranges::find(fields(), name, &Field::name) - fields().begin(); };
    const auto key = [&](size_t i) { return std::pair(priority(parameters[i].name), place(parameters[i].name)); };
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return key(a) < key(b); });
    return order;
}

} // namespace caviar::search
