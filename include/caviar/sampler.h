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

/// What a search takes over from earlier ones. It is worked out once (make_warm_start) and then part of the options, so that nothing
/// else is needed to go on.
struct WarmStart {
    /// Where the best of the earlier trials lie.
    struct Side {
        std::string name;
        Distribution distribution; ///< within the space's own
        bool operator==(const Side&) const = default;
    };
    std::vector<std::string> from;    ///< the files of the earlier studies
    std::vector<Configuration> first; ///< settings of the space that are tried first, in this order
    std::vector<Side> box;            ///< parameters that are not named range as in the space
    int64_t box_trials = 0;           ///< points spread over the box, tried next
    std::vector<std::string> map = {}; ///< what parameters of studies of other programs are here, "kernel=units" each (host/exchange/parameter_names.h)
    bool empty() const { return first.empty() && box_trials == 0; }
    bool operator==(const WarmStart&) const = default;
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
    WarmStart warm_start = {}; ///< tried before all else, and learnt from; not by grid
};

/// Throws UsageError for an unknown name ("did you mean"), an option out of range, or a grid with no parameters.
std::unique_ptr<Sampler> make_sampler(const SearchSpace&, const SamplerOptions&);

/// The trials of an earlier study, best first.
struct Precedent {
    std::string name;
    std::vector<Trial> trials;
};
/// What to take over from others for a search of so many trials: a twentieth of them, at most 10, tries the best settings, of each study in turn, and
/// up to a fifth in all the box in which the best tenth lies (each study ranks its own, so that their scores need not compare). A setting
/// becomes the nearest that the space and the defaults have: numbers move into their range, a word that cannot be drawn becomes the first
/// that can, what the earlier trial held counts as what it varied; but a trial of an optimizer that cannot be drawn is left out, as its
/// numbers mean nothing under another. Throws UsageError where none is left.
WarmStart make_warm_start(const SearchSpace&, const Hyperparameters& defaults, std::span<const Precedent>, int64_t trials);

/// Points of the full grid, saturating at INT64_MAX.
int64_t grid_size(const SearchSpace&, int32_t points);

} // namespace caviar
