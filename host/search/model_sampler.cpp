#include "host/search/model_sampler.h"

#include "host/search/edges.h"
#include "host/search/latin_hypercube.h"
#include "host/search/samplers.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace caviar::search {

ModelSampler::ModelSampler(const SearchSpace& space, uint64_t seed, const Batches& batches)
    : space_(space), cube_(space), seed_(seed), batches_(batches), history_(space) {}

std::vector<Configuration> ModelSampler::ask(int64_t limit) {
    if (limit <= 0 || spent()) return {};
    const int64_t asked = static_cast<int64_t>(history_.size()), now = round(), start = batches_.start(now);
    if (planned_ != now) {
        plan_.clear();
        const int64_t count = batches_.end(now) - start;
        const auto points = now == 0 ? latin_hypercube(seed_, static_cast<size_t>(count), cube_.size()) : propose(start, count);
        for (const auto& point : points) plan_.push_back(space_.at(point));
        planned_ = now;
    }
    const auto first = plan_.begin() + (asked - start);
    return {first, first + std::min(limit, plan_.end() - first)};
}

std::string ModelSampler::explain() const {
    if (spent()) return {};
    const int64_t now = round(), count = batches_.end(now) - batches_.start(now);
    std::string text = "round " + std::to_string(now + 1);
    if (batches_.trials() != std::numeric_limits<int64_t>::max()) text += " of " + std::to_string(batches_.of(batches_.trials() - 1) + 1);
    text += ": " + std::to_string(count) + (count == 1 ? " trial " : " trials ");
    return text + (now == 0 ? "spread evenly over the whole space" : words(static_cast<size_t>(batches_.start(now))));
}

std::string ModelSampler::state() const {
    nlohmann::ordered_json document = {{"sampler", name()}, {"round", round()}};
    if (spent()) return document.dump();
    const int64_t now = round(), start = batches_.start(now);
    document["trials"] = batches_.end(now) - start;
    document["seen"] = start;
    document["best"] = nlohmann::json::array();
    for (const size_t trial : history_.best(static_cast<size_t>(start), 1)) document["best"].push_back(history_.id(trial));
    return document.dump();
}

std::vector<std::string> ModelSampler::warnings() const { return edge_warnings(space_, history_); }

std::vector<Configuration> proposals(const std::string& name, const SearchSpace& space, uint64_t seed, std::span<const Observation> known, int64_t count) {
    const Batches batches(static_cast<int64_t>(known.size()), count);
    const auto sampler = name == "gp" ? make_gp(space, seed, batches) : make_tpe(space, seed, batches);
    sampler->tell(known);
    return sampler->ask(count);
}

std::unique_ptr<Sampler> make_tpe(const SearchSpace& space, const SamplerOptions& options) {
    return make_tpe(space, options.seed, Batches(options, space.varying().size()));
}

std::unique_ptr<Sampler> make_gp(const SearchSpace& space, const SamplerOptions& options) {
    return make_gp(space, options.seed, Batches(options, space.varying().size()));
}

} // namespace caviar::search
