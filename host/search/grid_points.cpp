#include "host/search/grid_points.h"

#include "caviar/error.h"

#include <algorithm>
#include <limits>

namespace caviar::search {
namespace {

constexpr int64_t most = std::numeric_limits<int64_t>::max();

int64_t plus(int64_t a, int64_t b) { return a > most - b ? most : a + b; }

std::vector<Value> grid_values(const Distribution& d, int32_t points) {
    std::vector<Value> values;
    if (!d.numeric()) {
        for (const Value& v : d.choices)
            if (std::find(values.begin(), values.end(), v) == values.end()) values.push_back(v);
        return values;
    }
    const int64_t count = d.count();
    const bool all = d.kind == DistributionKind::pow2 || (count != 0 && count <= points);
    for (int64_t k = 0; k < (all ? count : points); ++k) {
        const Value v = d.kind == DistributionKind::pow2 ? Value{static_cast<int64_t>(d.low) << k}
                        : all                            ? Value{static_cast<int64_t>(d.low) + k}
                        : points == 1                    ? d.at(0.5)
                                                         : d.at(static_cast<double>(k) / (points - 1));
        if (values.empty() || values.back() != v) values.push_back(v); // a fine grid may round two points to one whole number
    }
    return values;
}

} // namespace

GridPoints::GridPoints(const SearchSpace& space, int32_t points) {
    constexpr int32_t most_points = 10'000;
    if (points < 1 || points > most_points)
        throw UsageError("a grid takes from 1 to 10000 points per continuous parameter, not " + std::to_string(points));
    const auto& parameters = space.parameters();
    if (parameters.size() > 64) throw UsageError("a grid takes at most 64 parameters");
    for (const Parameter& p : parameters) {
        Axis axis{p.name, p.when && space.find(p.when->parameter), grid_values(p.distribution, points), {}};
        for (const Value& v : axis.values) {
            uint64_t mask = 0;
            for (size_t child = 0; child < parameters.size(); ++child)
                if (const auto& when = parameters[child].when; when && when->parameter == p.name &&
                    SearchSpace::active(parameters[child], {{p.name, v}}))
                    mask |= uint64_t{1} << child;
            axis.lets_act.push_back(mask);
        }
        axes_.push_back(std::move(axis));
    }
    size_ = below(0, 0);
}

int64_t GridPoints::below(size_t axis, uint64_t acting) {
    if (axis == axes_.size()) return 1;
    acting = acting >> axis << axis; // what went before no longer matters, so fewer cases to count
    if (const auto found = counts_.find({axis, acting}); found != counts_.end()) return found->second;
    if (counts_.size() > 1'000'000) throw UsageError("too many conditions for a grid; use the sampler random or coarse-to-fine");
    int64_t count = 0;
    if (!acts(axis, acting)) count = below(axis + 1, acting);
    else
        for (const uint64_t more : axes_[axis].lets_act) count = plus(count, below(axis + 1, acting | more));
    return counts_[{axis, acting}] = count;
}

int64_t GridPoints::known(size_t axis, uint64_t acting) const {
    return axis == axes_.size() ? 1 : counts_.at({axis, acting >> axis << axis});
}

Configuration GridPoints::at(int64_t index) const {
    Configuration result;
    uint64_t acting = 0;
    for (size_t axis = 0; axis < axes_.size(); ++axis) {
        if (!acts(axis, acting)) continue;
        const Axis& a = axes_[axis];
        size_t choice = 0;
        for (; choice + 1 < a.values.size(); ++choice) {
            const int64_t here = known(axis + 1, acting | a.lets_act[choice]);
            if (index < here) break;
            index -= here;
        }
        result.emplace_back(a.name, a.values[choice]);
        acting |= a.lets_act[choice];
    }
    return result;
}

} // namespace caviar::search
