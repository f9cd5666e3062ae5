#include "host/search/edges.h"
#include "host/search/grid_points.h"
#include "host/search/samplers.h"

#include "caviar/error.h"

#include <algorithm>

namespace caviar::search {
namespace {

/// The points of the grid in their order, until they or the trials are spent.
class Grid final : public Sampler {
public:
    Grid(const SearchSpace& space, const SamplerOptions& options)
        : space_(space), points_(space, options.points), trials_(options.trials ? options.trials : points_.size()), history_(space) {
        if (space.varying().empty()) throw UsageError("a grid needs a parameter that varies; add one, for example --vary 'learning_rate=log(1e-4,1)'");
    }

    std::vector<Configuration> ask(int64_t limit) override {
        const auto asked = static_cast<int64_t>(history_.size());
        std::vector<Configuration> result;
        for (int64_t i = asked; i < std::min(points_.size(), trials_) && i - asked < limit; ++i) result.push_back(points_.at(i));
        return result;
    }
    void tell(std::span<const Observation> trials) override { history_.tell(trials); }
    std::string explain() const override { return "a grid of " + std::to_string(points_.size()) + " points"; }
    std::vector<std::string> warnings() const override {
        auto result = edge_warnings(space_, history_);
        if (points_.size() > trials_)
            result.insert(result.begin(), "the grid has " + std::to_string(points_.size()) + " points and only the first " +
                                              std::to_string(trials_) + " are tried; random or coarse-to-fine use so few trials better");
        return result;
    }

private:
    SearchSpace space_;
    GridPoints points_;
    int64_t trials_;
    History history_;
};

} // namespace

std::unique_ptr<Sampler> make_grid(const SearchSpace& space, const SamplerOptions& options) {
    return std::make_unique<Grid>(space, options);
}

} // namespace caviar::search
