#include "host/search/sobol_points.h"

namespace caviar::search {

SobolPoints::SobolPoints(const SearchSpace& space, uint64_t seed, uint64_t number, size_t more)
    : sequence_(seed, number, space.varying().size() + more) {
    for (const Parameter& p : space.parameters()) varies_.push_back(p.distribution.count() != 1);
    varies_.insert(varies_.end(), more, true);
}

std::vector<double> SobolPoints::at(int64_t index) const {
    std::vector<double> point(varies_.size(), 0.0);
    size_t dimension = 0;
    for (size_t i = 0; i < point.size(); ++i)
        if (varies_[i]) point[i] = sequence_.at(static_cast<uint32_t>(index), dimension++);
    return point;
}

} // namespace caviar::search
