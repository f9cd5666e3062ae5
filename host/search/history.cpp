#include "host/search/history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace caviar::search {

void History::tell(std::span<const Observation> trials) {
    for (const Observation& o : trials) {
        std::vector<double> point(width(), std::numeric_limits<double>::quiet_NaN());
        // Settings come in the order of the space; a search from the last hit finds each at once.
        size_t at = 0;
        for (const auto& [name, value] : o.configuration) {
            for (size_t tries = 0; tries < width() && space_.parameters()[at].name != name; ++tries) at = (at + 1) % width();
            if (at < width() && space_.parameters()[at].name == name) point[at] = space_.parameters()[at].distribution.unit(value);
        }
        units_.insert(units_.end(), point.begin(), point.end());
        ids_.push_back(o.id);
        const bool number = !std::isnan(o.score.badness);
        scores_.push_back(number ? o.score : Score{}); // not a number: as good as diverged
    }
}

size_t History::finite(size_t among) const {
    const auto end = scores_.begin() + static_cast<std::ptrdiff_t>(std::min(among, size()));
    return static_cast<size_t>(std::count_if(scores_.begin(), end, [](const Score& s) { return std::isfinite(s.badness); }));
}

std::vector<size_t> History::best(size_t among, size_t count) const {
    std::vector<size_t> order;
    for (size_t i = 0; i < std::min(among, size()); ++i)
        if (std::isfinite(scores_[i].badness)) order.push_back(i);
    const auto key = [&](size_t i) {
        const double loss = scores_[i].loss;
        return std::tuple(scores_[i].badness, std::isnan(loss) ? std::numeric_limits<double>::infinity() : loss, ids_[i]);
    };
    count = std::min(count, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                      [&](size_t a, size_t b) { return key(a) < key(b); });
    order.resize(count);
    return order;
}

} // namespace caviar::search
