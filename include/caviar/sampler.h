#pragma once
/// Samplers: ask for the next round's settings, tell how they did. Deterministic from the study's seed: what is asked
/// depends on the space, the options and the observations told so far (in the order of trial ids), on nothing else. So a new
/// sampler that is told the trials of an old one goes on where it stopped, and asking in smaller portions changes nothing.

#include "caviar/space.h"
#include "caviar/trial.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace caviar {

struct Observation {
    TrialId id = 0;
    int32_t round = 0;
    Configuration configuration;
    Score score; ///< infinite for a diverged trial
};

class Sampler {
public:
    virtual ~Sampler() = default;
    /// The settings of the next round, at most `limit` of them; empty: nothing left to try.
    virtual std::vector<Configuration> ask(int64_t limit) = 0;
    /// The finished trials of a round, ordered by id. Called once a round, before the next ask.
    virtual void tell(std::span<const Observation>) = 0;
    /// What the coming round's box is and why, one parameter a line, for a person; empty where there is nothing to say.
    virtual std::string explain() const { return {}; }
    /// The same as a JSON document: {"round":..,"box":{"learning_rate":{"low":..,"high":..,"why":".."}}}; "{}" where nothing.
    virtual std::string state() const { return "{}"; }
    /// Warnings a person should act on, such as a best trial on the edge of the space, with the suggested wider box.
    virtual std::vector<std::string> warnings() const { return {}; }
};

struct SamplerOptions {
    std::string name = "coarse-to-fine"; ///< random, sobol, grid, coordinate, coarse-to-fine, tpe, gp
    uint64_t seed = 0;
    int64_t trials = 0;        ///< the whole budget, for samplers that plan rounds; 0: random and sobol have no end, others plan 256
    int32_t rounds = 0;        ///< coarse-to-fine: 0 picks from the budget
    int32_t points = 5;        ///< grid: values per continuous parameter, and per int or logint that has more
    double explore = 0.2;      ///< coarse-to-fine: share of each later round drawn from the whole space
    std::string draw = "sobol"; ///< coarse-to-fine: where a round's points come from: sobol, random, or a model: tpe, gp
    std::string plan = {};      ///< staged: the sampler is used in stages, the most important parameters first; empty: all at once
    int64_t round_size = 0;    ///< tpe, gp: trials of each round after the first; 0: a twentieth of the budget, from 8 to 256
};

/// Throws UsageError for an unknown name ("did you mean"), an option out of range, or a grid with no parameters.
std::unique_ptr<Sampler> make_sampler(const SearchSpace&, const SamplerOptions&);
/// Points of the full grid, saturating at INT64_MAX.
int64_t grid_size(const SearchSpace&, int32_t points);

} // namespace caviar
