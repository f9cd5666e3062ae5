#include "host/search/draw.h"

#include "caviar/error.h"
#include "host/search/sobol_points.h"
#include "host/search/stream.h"

#include <numeric>

namespace caviar::search {
namespace {

std::vector<double> uniform_point(Stream stream, size_t width) {
    std::vector<double> point(width);
    for (double& u : point) u = stream.uniform();
    return point;
}

class SobolDraw final : public Draw {
public:
    SobolDraw(const SearchSpace& space, uint64_t seed) : space_(space), seed_(seed), whole_(space, seed, 0) {}

    std::vector<double> anywhere(int64_t index) const override { return whole_.at(index); }
    std::vector<double> within(int32_t round, int64_t index) const override {
        return SobolPoints(space_, seed_, static_cast<uint64_t>(round), 1).at(index);
    }

private:
    SearchSpace space_;
    uint64_t seed_;
    SobolPoints whole_;
};

class RandomDraw final : public Draw {
public:
    RandomDraw(const SearchSpace& space, uint64_t seed, int64_t strata) : seed_(seed), strata_(space.parameters().size()) {
        // In each dimension every point of the hypercube has a part of the range to itself. One permutation per dimension.
        for (size_t d = 0; d < strata_.size(); ++d) {
            strata_[d].resize(static_cast<size_t>(strata));
            std::iota(strata_[d].begin(), strata_[d].end(), int64_t{0});
            Stream stream(seed_, d, Use::permutation);
            for (size_t i = strata_[d].size(); i > 1; --i)
                std::swap(strata_[d][i - 1], strata_[d][static_cast<size_t>(stream.below(static_cast<int64_t>(i)))]);
        }
    }

    std::vector<double> anywhere(int64_t index) const override {
        auto point = uniform_point(Stream(seed_, static_cast<uint64_t>(index)), strata_.size());
        for (size_t d = 0; d < point.size(); ++d)
            if (const auto i = static_cast<size_t>(index); i < strata_[d].size())
                point[d] = (static_cast<double>(strata_[d][i]) + point[d]) / static_cast<double>(strata_[d].size());
        return point;
    }
    std::vector<double> within(int32_t round, int64_t index) const override {
        return uniform_point(Stream(seed_, (static_cast<uint64_t>(round) << 32) | static_cast<uint64_t>(index)), strata_.size() + 1);
    }

private:
    uint64_t seed_;
    std::vector<std::vector<int64_t>> strata_;
};

} // namespace

std::unique_ptr<Draw> make_draw(const std::string& name, const SearchSpace& space, uint64_t seed, int64_t strata) {
    if (name == "sobol") return std::make_unique<SobolDraw>(space, seed);
    if (name == "random") return std::make_unique<RandomDraw>(space, seed, strata);
    throw UsageError("draw takes sobol, random, tpe or gp, not \"" + name + "\"");
}

} // namespace caviar::search
