#include "host/search/bell.h"
#include "host/search/box.h"
#include "host/search/box_text.h"
#include "host/search/budget.h"
#include "host/search/draw.h"
#include "host/search/edges.h"
#include "host/search/model_sampler.h"
#include "host/search/rounds.h"
#include "host/search/samplers.h"
#include "host/search/stream.h"
#include "host/search/zoom.h"

#include "caviar/error.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace caviar::search {
namespace {

constexpr double widest_step = 0.3;  // standard deviation of the widest step away from an elite, as a share of the side
constexpr double keep_choice = 0.5;  // how often a choice is the elite's own
constexpr int64_t most_proposed = 4096; // of a round, as each is weighed against all before it
constexpr size_t least_known = 4;    // converged trials inside the box, for a model to learn from

/// Rounds of random search, each in a smaller box around what did well. Within the box a trial starts from one of the best
/// trials (the better, the oftener) and steps a little in every dimension, so that what only works together (a learning rate and
/// a depth) stays together. Steps are of all sizes, since how fine the next improvement lies is not known. Or a model of the trials
/// inside the box, tpe or gp, proposes the round's points there.
class CoarseToFine final : public Sampler {
public:
    CoarseToFine(const SearchSpace& space, const SamplerOptions& options)
        : space_(space), seed_(options.seed), explore_(options.explore),
          rounds_(planned_trials(options, "coarse-to-fine"), options.rounds), history_(space), boxes_{whole(space)} {
        if (!(explore_ >= 0 && explore_ <= 1))
            throw UsageError("explore is a share from 0 to 1, got " + to_string(Value{explore_}));
        if (options.draw == "tpe" || options.draw == "gp") model_ = options.draw;
        draw_ = make_draw(model_.empty() ? options.draw : "sobol", space_, seed_, rounds_.size(0));
    }

    std::vector<Configuration> ask(int64_t limit) override {
        const auto asked = static_cast<int64_t>(history_.size());
        const int32_t round = rounds_.of(asked);
        std::vector<Configuration> result;
        if (round >= rounds_.count()) return result;
        const int64_t end = asked + std::clamp<int64_t>(limit, 0, rounds_.start(round + 1) - asked);
        for (int64_t trial = asked; trial < end; ++trial) result.push_back(settings(trial, round));
        return result;
    }

    void tell(std::span<const Observation> trials) override {
        history_.tell(trials);
        // A round's box is drawn from whole rounds only, so it does not matter in which portions they were asked and told.
        for (auto next = static_cast<int32_t>(boxes_.size()); next < rounds_.count(); ++next) {
            const auto among = static_cast<size_t>(rounds_.start(next));
            if (history_.size() < among) break;
            boxes_.push_back(narrowed(space_, history_, boxes_.back(), among, elite_count(history_.finite(among), next)));
            explored_.push_back(explored_.back() + exploring(rounds_.size(next - 1), next - 1));
        }
    }

    std::string explain() const override { return box_text(space_, boxes_.back(), rounds_, now(), explore_, model_of(now())); }
    std::string state() const override { return box_json(space_, history_, boxes_.back(), rounds_, now(), explore_, model_of(now())); }
    std::vector<std::string> warnings() const override { return edge_warnings(space_, history_); }

private:
    int32_t now() const { return rounds_.of(static_cast<int64_t>(history_.size())); }

    /// How many of the first `count` trials of a round are drawn from the whole space: all where there is nothing to draw near to.
    /// The share that explores is spread evenly over the round.
    int64_t exploring(int64_t count, int32_t round) const {
        if (boxes_[static_cast<size_t>(round)].elites.empty()) return count;
        return static_cast<int64_t>(std::floor(static_cast<double>(count) * explore_));
    }

    Configuration settings(int64_t trial, int32_t round) {
        const int64_t place = trial - rounds_.start(round), wide = exploring(place, round);
        if (exploring(place + 1, round) > wide) return space_.at(draw_->anywhere(explored_[static_cast<size_t>(round)] + wide));
        const auto& proposed = proposals_of(round);
        const auto i = static_cast<size_t>(place - wide);
        return i < proposed.size() ? proposed[i] : space_.at(near_an_elite(trial, round, place - wide));
    }

    /// The model's whole share of a round, as far as it weighs; none where there is no model or too little for it to learn from.
    const std::vector<Configuration>& proposals_of(int32_t round) {
        if (std::exchange(proposed_for_, round) == round) return proposals_;
        proposals_.clear();
        const int64_t count = std::min(most_proposed, rounds_.size(round) - exploring(rounds_.size(round), round));
        if (count > 0 && !model_of(round).empty())
            proposals_ = proposals(model_, zoomed(space_, boxes_[static_cast<size_t>(round)]), Stream(seed_, static_cast<uint64_t>(round), Use::zoom).bits(),
                                   known(round), count);
        return proposals_;
    }

    /// The trials before a round that lie in its box.
    std::vector<Observation> known(int32_t round) const {
        return inside(zoomed(space_, boxes_[static_cast<size_t>(round)]), space_, history_, static_cast<size_t>(rounds_.start(round)));
    }

    /// The model that proposes the round's points; empty where none does.
    std::string model_of(int32_t round) const {
        if (model_.empty() || round >= rounds_.count() || boxes_[static_cast<size_t>(round)].elites.empty()) return {};
        const auto trials = known(round);
        const auto converged = std::count_if(trials.begin(), trials.end(), [](const Observation& o) { return std::isfinite(o.score.badness); });
        return static_cast<size_t>(converged) < least_known ? std::string() : model_;
    }

    std::vector<double> near_an_elite(int64_t trial, int32_t round, int64_t index) const {
        const Box& box = boxes_[static_cast<size_t>(round)];
        std::vector<double> units = draw_->within(round, index);
        const double rank = units.back();
        units.pop_back();
        const auto near = history_.units(box.elites[static_cast<size_t>(rank * rank * static_cast<double>(box.elites.size()))]);
        Stream stream(seed_, static_cast<uint64_t>(trial), Use::step);
        for (size_t d = 0; d < units.size(); ++d)
            units[d] = coordinate(stream, units[d], space_.parameters()[d].distribution, box.sides[d], near[d]);
        return units;
    }

    /// One coordinate within the box from a uniform one; near that of the elite, where the parameter counted in it.
    static double coordinate(Stream& stream, double uniform, const Distribution& d, const Side& side, double near) {
        const bool has = !std::isnan(near);
        if (!d.numeric()) {
            if (has && uniform < keep_choice) return near;
            double u = has ? (uniform - keep_choice) / (1 - keep_choice) : uniform;
            size_t k = 0;
            while (k + 1 < side.weights.size() && u >= side.weights[k]) u -= side.weights[k++];
            return (static_cast<double>(k) + 0.5) / static_cast<double>(side.weights.size());
        }
        if (!has) return side.low + side.width() * uniform;
        // A whole number is its part of the scale: start anywhere in it.
        if (d.count() > 0) near += (stream.uniform() - 0.5) / static_cast<double>(d.count());
        double u = near + widest_step * stream.uniform() * side.width() * bell(uniform);
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
    std::vector<int64_t> explored_{0}; ///< for each of these, how many trials before it were drawn from the whole space
    std::unique_ptr<Draw> draw_;
    std::string model_; ///< tpe or gp; empty: points are drawn
    int32_t proposed_for_ = -1; ///< the round of `proposals_`
    std::vector<Configuration> proposals_;
};

} // namespace

std::unique_ptr<Sampler> make_coarse_to_fine(const SearchSpace& space, const SamplerOptions& options) {
    return std::make_unique<CoarseToFine>(space, options);
}

} // namespace caviar::search
