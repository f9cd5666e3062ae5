#include "host/search/edges.h"
#include "host/search/samplers.h"
#include "host/search/sobol_points.h"

#include <algorithm>

namespace caviar::search {
namespace {

/// Trial i is point i of a scrambled Sobol sequence over the whole space.
class Sobol final : public Sampler {
public:
    Sobol(const SearchSpace& space, const SamplerOptions& options)
        : space_(space), points_(space, options.seed, 0),
          trials_(options.trials ? std::min(options.trials, most_sobol_points) : most_sobol_points), history_(space) {}

    std::vector<Configuration> ask(int64_t limit) override {
        const auto asked = static_cast<int64_t>(history_.size());
        std::vector<Configuration> result;
        for (int64_t trial = asked; trial < trials_ && trial - asked < limit; ++trial) result.push_back(space_.at(points_.at(trial)));
        return result;
    }
    void tell(std::span<const Observation> trials) override { history_.tell(trials); }
    std::vector<std::string> warnings() const override { return edge_warnings(space_, history_); }

private:
    SearchSpace space_;
    SobolPoints points_;
    int64_t trials_;
    History history_;
};

} // namespace

std::unique_ptr<Sampler> make_sobol(const SearchSpace& space, const SamplerOptions& options) {
    return std::make_unique<Sobol>(space, options);
}

} // namespace caviar::search
