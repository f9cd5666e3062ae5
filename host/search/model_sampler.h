#pragma once
/// What the samplers that fit a model to the trials have in common: rounds, resumption, portions, words.

#include "host/search/batches.h"
#include "host/search/cube.h"
#include "host/search/history.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace caviar::search {

/// A first round spread over the whole space, then batches that a model proposes. A round is a function of the trials before it
/// and the seed; it is worked out once and then handed out in whatever portions are asked for.
class ModelSampler : public Sampler {
public:
    using Points = std::vector<std::vector<double>>; ///< settled (Cube::settle), one coordinate per parameter

    ModelSampler(const SearchSpace&, uint64_t seed, const Batches&);

    std::vector<Configuration> ask(int64_t limit) override;
    void tell(std::span<const Observation> trials) override { history_.tell(trials); }
    std::string explain() const override;
    std::string state() const override;
    std::vector<std::string> warnings() const override;

protected:
    /// The points of the trials `first` .. `first` + `count` - 1, given the trials before `first`.
    virtual Points propose(int64_t first, int64_t count) = 0;
    virtual std::string name() const = 0;
    /// How a round that follows `among` trials is found, after "round 2: 10 trials ".
    virtual std::string words(size_t among) const = 0;

    const SearchSpace& space() const { return space_; }
    const Cube& cube() const { return cube_; }
    const History& history() const { return history_; }
    uint64_t seed() const { return seed_; }
    /// How many trials the first round has.
    size_t design() const { return static_cast<size_t>(batches_.end(0)); }

private:
    int64_t round() const { return batches_.of(static_cast<int64_t>(history_.size())); }
    bool spent() const { return static_cast<int64_t>(history_.size()) >= batches_.trials(); }

    SearchSpace space_;
    Cube cube_;
    uint64_t seed_;
    Batches batches_;
    History history_;
    int64_t planned_ = -1; ///< the round that `plan_` is of
    std::vector<Configuration> plan_;
};

std::unique_ptr<Sampler> make_tpe(const SearchSpace&, uint64_t seed, const Batches&);
std::unique_ptr<Sampler> make_gp(const SearchSpace&, uint64_t seed, const Batches&);

/// What the model of that name (tpe or gp) proposes next to these trials, of which there must be some.
std::vector<Configuration> proposals(const std::string& name, const SearchSpace&, uint64_t seed, std::span<const Observation> known, int64_t count);

} // namespace caviar::search
