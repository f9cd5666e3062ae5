#include "host/search/latin_hypercube.h"

#include "host/search/stream.h"

#include <numeric>
#include <utility>

namespace caviar::search {

std::vector<std::vector<double>> latin_hypercube(uint64_t seed, size_t count, size_t axes) {
    std::vector<std::vector<double>> points(count, std::vector<double>(axes));
    std::vector<size_t> order(count);
    for (size_t axis = 0; axis < axes; ++axis) {
        std::iota(order.begin(), order.end(), size_t{0});
        Stream stream(seed, axis, Use::permutation);
        for (size_t i = count; i > 1; --i) std::swap(order[i - 1], order[static_cast<size_t>(stream.below(static_cast<int64_t>(i)))]);
        for (size_t i = 0; i < count; ++i)
            points[i][axis] = (static_cast<double>(order[i]) + stream.uniform()) / static_cast<double>(count);
    }
    return points;
}

} // namespace caviar::search
