#include "host/search/grid_points.h"
#include "host/search/samplers.h"
#include "host/search/warm_start.h"

#include "caviar/error.h"

#include <array>

namespace caviar {
namespace {

struct Entry {
    std::string_view name;
    std::unique_ptr<Sampler> (*make)(const SearchSpace&, const SamplerOptions&);
};

constexpr std::array<Entry, 7> registry = {{{"random", search::make_random},
                                            {"sobol", search::make_sobol},
                                            {"grid", search::make_grid},
                                            {"coordinate", search::make_coordinate},
                                            {"coarse-to-fine", search::make_coarse_to_fine},
                                            {"tpe", search::make_tpe},
                                            {"gp", search::make_gp}}};

std::unique_ptr<Sampler> warm(const SearchSpace& space, const SamplerOptions& options, std::unique_ptr<Sampler> sampler) {
    if (options.warm_start.empty() || options.name == "coordinate") return sampler; // which takes it as its starting points
    if (options.name == "grid") throw UsageError("a grid has its points and no others, so it takes no warm start; leave one of the two out");
    return search::make_warm_started(space, options, std::move(sampler));
}

} // namespace

std::unique_ptr<Sampler> make_sampler(const SearchSpace& space, const SamplerOptions& options) {
    if (options.trials < 0) throw UsageError("the number of trials must not be negative, got " + std::to_string(options.trials));
    if (!options.plan.empty()) return search::make_staged(space, options);
    std::string allowed;
    for (const Entry& entry : registry) {
        if (entry.name == options.name) return warm(space, options, entry.make(space, options));
        allowed += (allowed.empty() ? "" : ", ") + std::string(entry.name);
    }
    const auto near = did_you_mean(options.name, search::sampler_names());
    throw UsageError("unknown sampler \"" + options.name + "\"" +
                     (near.empty() ? "." : ", did you mean \"" + std::string(near) + "\"?") + " Allowed: " + allowed);
}

std::vector<std::string_view> search::sampler_names() {
    std::vector<std::string_view> names;
    for (const Entry& entry : registry) names.push_back(entry.name);
    return names;
}

int64_t grid_size(const SearchSpace& space, int32_t points) { return search::GridPoints(space, points).size(); }

} // namespace caviar
