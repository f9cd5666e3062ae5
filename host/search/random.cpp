#include "host/search/edges.h"
#include "host/search/samplers.h"
#include "host/search/stream.h"

#include <algorithm>
#include <limits>

namespace caviar::search {
namespace {

/// Independent draws from the whole space; trial i's is a function of the seed and i.
class Random final : public Sampler {
public:
    Random(const SearchSpace& space, const SamplerOptions& options)
        : space_(space), seed_(options.seed), trials_(options.trials ? options.trials : std::numeric_limits<int64_t>::max()),
          history_(space) {}

    std::vector<Configuration> ask(int64_t limit) override {
        const auto asked = static_cast<int64_t>(history_.size());
        std::vector<Configuration> result;
        std::vector<double> units(space_.parameters().size());
        for (int64_t trial = asked; trial < trials_ && trial - asked < limit; ++trial) {
            Stream stream(seed_, static_cast<uint64_t>(trial));
            for (double& u : units) u = stream.uniform();
            result.push_back(space_.at(units));
        }
        return result;
    }
    void tell(std::span<const Observation> trials) override { history_.tell(trials); }
    std::vector<std::string> warnings() const override { return edge_warnings(space_, history_); }

private:
    SearchSpace space_;
    uint64_t seed_;
    int64_t trials_;
    History history_;
};

} // namespace

std::unique_ptr<Sampler> make_random(const SearchSpace& space, const SamplerOptions& options) {
    return std::make_unique<Random>(space, options);
}

} // namespace caviar::search
