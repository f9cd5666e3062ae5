#include "host/search/choices.h"

#include <algorithm>

namespace caviar::search {

size_t slot(const Distribution& d, double unit) {
    const auto n = static_cast<double>(d.choices.size());
    return static_cast<size_t>(std::min(unit * n, n - 1));
}

std::vector<double> plain_weights(const Distribution& d) {
    std::vector<double> weights(d.choices.size(), 0.0);
    for (const Value& v : d.choices) weights[slot(d, d.unit(v))] += 1.0 / static_cast<double>(d.choices.size());
    return weights;
}

} // namespace caviar::search
