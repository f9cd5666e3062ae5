#include "host/search/box.h"
#include "host/search/box_text.h"
#include "host/search/edges.h"
#include "host/search/rounds.h"
#include "host/search/samplers.h"
#include "host/search/stream.h"

#include "caviar/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace caviar::search {
namespace {

constexpr int64_t default_trials = 256;
constexpr int64_t most_trials = 1'000'000; // a round is asked whole, its settings are held in memory
constexpr double widest_step = 0.3;  // standard deviation of the widest step away from an elite, as a share of the side
constexpr double keep_choice = 0.5;  // how often a choice is the elite's own

/// Rounds of random search, each in a smaller box around what did well. Within the box a trial starts from one of the best
/// trials (the better, the oftener) and steps a little in every dimension, so that what only works together (a learning rate and
/// a depth) stays together. Steps are of all sizes, since how fine the next improvement lies is not known.
class CoarseToFine final : public Sampler {
public:
    CoarseToFine(const SearchSpace& space, const SamplerOptions& options)
        : space_(space), seed_(options.seed), explore_(options.explore),
          rounds_(options.trials ? options.trials : default_trials, options.rounds), history_(space), boxes_{whole(space)} {
        if (rounds_.trials() > most_trials)
            throw UsageError("coarse-to-fine plans at most " + std::to_string(most_trials) + " trials, got " + std::to_string(rounds_.trials()) +
                             "; the sampler random takes any number");
        if (!(explore_ >= 0 && explore_ <= 1))
            throw UsageError("explore is a share from 0 to 1, got " + to_string(Value{explore_}));
    }

    std::vector<Configuration> ask(int64_t limit) override {
        const auto asked = static_cast<int64_t>(history_.size());
        const int32_t round = rounds_.of(asked);
        std::vector<Configuration> result;
        if (round >= rounds_.count()) return result;
        if (round == 0) lay_strata();
        const int64_t end = asked + std::clamp<int64_t>(limit, 0, rounds_.start(round + 1) - asked);
        for (int64_t trial = asked; trial < end; ++trial) result.push_back(space_.at(point(trial, round)));
        return result;
    }

    void tell(std::span<const Observation> trials) override {
        history_.tell(trials);
        // A round's box is drawn from whole rounds only, so it does not matter in which portions they were asked and told.
        for (auto next = static_cast<int32_t>(boxes_.size()); next < rounds_.count(); ++next) {
            const auto among = static_cast<size_t>(rounds_.start(next));
            if (history_.size() < among) break;
            boxes_.push_back(narrowed(space_, history_, boxes_.back(), among, elite_count(history_.finite(among), next)));
        }
    }

    std::string explain() const override { return box_text(space_, boxes_.back(), rounds_, now(), explore_); }
    std::string state() const override { return box_json(space_, history_, boxes_.back(), rounds_, now(), explore_); }
    std::vector<std::string> warnings() const override { return edge_warnings(space_, history_); }

private:
    int32_t now() const { return rounds_.of(static_cast<int64_t>(history_.size())); }

    /// The first round is stratified (a Latin hypercube): in each dimension every one of its trials has a part of the range to
    /// itself, so that no learning rate is left out by chance. One permutation per dimension.
    void lay_strata() {
        if (!strata_.empty()) return;
        strata_.resize(space_.parameters().size());
        for (size_t d = 0; d < strata_.size(); ++d) {
            strata_[d].resize(static_cast<size_t>(rounds_.size(0)));
            std::iota(strata_[d].begin(), strata_[d].end(), int64_t{0});
            Stream stream(seed_, d, Use::permutation);
            for (size_t i = strata_[d].size(); i > 1; --i) std::swap(strata_[d][i - 1], strata_[d][static_cast<size_t>(stream.below(static_cast<int64_t>(i)))]);
        }
    }

    std::vector<double> point(int64_t trial, int32_t round) const {
        Stream stream(seed_, static_cast<uint64_t>(trial));
        std::vector<double> units(space_.parameters().size());
        if (round == 0) {
            const auto n = static_cast<double>(rounds_.size(0));
            for (size_t d = 0; d < units.size(); ++d)
                units[d] = (static_cast<double>(strata_[d][static_cast<size_t>(trial)]) + stream.uniform()) / n;
            return units;
        }
        const Box& box = boxes_[static_cast<size_t>(round)];
        // The share that explores is spread evenly over the round.
        const auto place = static_cast<double>(trial - rounds_.start(round));
        if (box.elites.empty() || std::floor((place + 1) * explore_) > std::floor(place * explore_)) {
            for (double& u : units) u = stream.uniform();
            return units;
        }
        const double rank = stream.uniform();
        const auto near = history_.units(box.elites[static_cast<size_t>(rank * rank * static_cast<double>(box.elites.size()))]);
        for (size_t d = 0; d < units.size(); ++d) units[d] = coordinate(stream, space_.parameters()[d].distribution, box.sides[d], near[d]);
        return units;
    }

    /// One coordinate within the box; near that of the elite, where the parameter counted in it.
    static double coordinate(Stream& stream, const Distribution& d, const Side& side, double near) {
        const bool has = !std::isnan(near);
        if (!d.numeric()) {
            if (has && stream.uniform() < keep_choice) return near;
            double u = stream.uniform();
            size_t k = 0;
            while (k + 1 < side.weights.size() && u >= side.weights[k]) u -= side.weights[k++];
            return (static_cast<double>(k) + 0.5) / static_cast<double>(side.weights.size());
        }
        if (!has) return side.low + side.width() * stream.uniform();
        // A whole number is its part of the scale: start anywhere in it.
        if (d.count() > 0) near += (stream.uniform() - 0.5) / static_cast<double>(d.count());
        double u = near + widest_step * stream.uniform() * side.width() * stream.bell();
        if (u < side.low) u = std::min(side.high, 2 * side.low - u); // reflected, so that the ends are no trap
        if (u > side.high) u = std::max(side.low, 2 * side.high - u);
        return std::clamp(u, side.low, side.high);
    }

    SearchSpace space_;
    uint64_t seed_;
    double explore_;
    Rounds rounds_;
    History history_;
    std::vector<Box> boxes_; ///< one for each round that has been reached
    std::vector<std::vector<int64_t>> strata_;
};

} // namespace

std::unique_ptr<Sampler> make_coarse_to_fine(const SearchSpace& space, const SamplerOptions& options) {
    return std::make_unique<CoarseToFine>(space, options);
}

} // namespace caviar::search
