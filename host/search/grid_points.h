#pragma once
/// The points of a grid over a conditional space, numbered.

#include "caviar/space.h"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace caviar::search {

/// Every combination of the parameters' grid values, in which an inactive parameter has no value and so multiplies nothing.
/// Point 0 has the first value of each; the last parameter of the space changes fastest. Any point is reached directly.
class GridPoints {
public:
    /// `points`: values of a continuous parameter, and of an int or logint with more values than that, spread evenly on its own
    /// scale with both ends included (one point: the middle). Powers of two and choices are taken whole.
    GridPoints(const SearchSpace&, int32_t points);

    int64_t size() const { return size_; } ///< saturates at INT64_MAX
    Configuration at(int64_t index) const; ///< 0 <= index < size()

private:
    struct Axis {
        std::string name;
        bool conditional = false;
        std::vector<Value> values;
        std::vector<uint64_t> lets_act; ///< for each value, a bit for each parameter whose condition it meets
    };
    /// Points of the axes from `axis` on, given which of them may act.
    int64_t below(size_t axis, uint64_t acting);
    int64_t known(size_t axis, uint64_t acting) const;
    bool acts(size_t axis, uint64_t acting) const { return !axes_[axis].conditional || (acting >> axis & 1); }

    std::vector<Axis> axes_;
    std::map<std::pair<size_t, uint64_t>, int64_t> counts_;
    int64_t size_ = 0;
};

} // namespace caviar::search
