#include "host/search/budget.h"
#include "host/search/edges.h"
#include "host/search/priority.h"
#include "host/search/samplers.h"
#include "host/search/shown.h"
#include "host/search/sobol_points.h"

#include "caviar/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace caviar::search {
namespace {

constexpr int64_t wanted_sweeps = 3;         // the batches are as large as lets the budget reach this many
constexpr int64_t places_to_look = 1 << 10;  // for a starting point that was not tried yet

/// A point of the unit cube and what came of it.
struct Tried {
    std::vector<double> units;
    Score score;
    TrialId id = -1;
};

/// One hyperparameter at a time, all others held: a batch over the reach of its scale around the incumbent, then one between the
/// neighbours of the best; a choice's other values in one batch. A trial that is not better than the incumbent changes nothing. The
/// reach is the whole scale in the first sweep, a quarter of it to either side in the second, and half as much in each further one. A sweep that brings nothing ends the
/// descent, and the next one begins at the best starting point that is left; where none is, new ones are tried.
class Coordinate final : public Sampler {
public:
    Coordinate(const SearchSpace& space, const SamplerOptions& options)
        : space_(space), trials_(planned_trials(options, "coordinate")), order_(by_priority(space)), points_(space, options.seed, 0),
          batch_size_(2 * std::clamp<int64_t>(trials_ / (4 * wanted_sweeps * std::max<int64_t>(1, std::ssize(order_))), 2, 32)), history_(space) {
        plan_starts(options.warm_start.first);
    }

    std::vector<Configuration> ask(int64_t limit) override {
        std::vector<Configuration> result;
        const auto left = static_cast<int64_t>(batch_.size() - told_);
        for (int64_t i = 0; i < std::min(limit, left); ++i) result.push_back(space_.at(batch_[told_ + static_cast<size_t>(i)]));
        return result;
    }

    void tell(std::span<const Observation> trials) override {
        for (const Observation& o : trials) {
            history_.tell({&o, 1});
            if (told_ == batch_.size()) continue; // not asked for
            const bool number = !std::isnan(o.score.badness);
            results_.push_back({batch_[told_++], number ? o.score : Score{}, o.id});
            if (std::isnan(results_.back().score.loss)) results_.back().score.loss = std::numeric_limits<double>::infinity();
            if (told_ == batch_.size()) go_on();
        }
    }

    std::string explain() const override {
        if (batch_.empty()) return {};
        const std::string trials = std::to_string(batch_.size()) + (batch_.size() == 1 ? " trial" : " trials");
        if (starting_) {
            std::string text = (history_.size() == 0 ? "the middle of every scale and further starting points: " : "new starting points: ") + trials;
            if (history_.size() > 0 || order_.empty()) return text;
            text += "; then one hyperparameter at a time:";
            for (const size_t i : order_) text += (i == order_.front() ? " " : ", ") + space_.parameters()[i].name;
            return text;
        }
        const Parameter& p = parameter();
        std::string text = news_ + "descent " + std::to_string(descent_) + ", sweep " + std::to_string(sweep_) + ", " + p.name + ": " + trials;
        if (p.distribution.numeric()) text += " from " + shown(p.distribution, p.distribution.at(low_)) + " to " + shown(p.distribution, p.distribution.at(high_));
        else text += ", its other values";
        return text + "; all else as in trial " + std::to_string(incumbent_.id);
    }

    std::string state() const override {
        nlohmann::ordered_json json = {{"sampler", "coordinate"}, {"trials", batch_.size()}};
        if (batch_.empty() || starting_) return json.dump();
        const Parameter& p = parameter();
        json.update({{"descent", descent_}, {"sweep", sweep_}, {"parameter", p.name}, {"incumbent", incumbent_.id}});
        if (p.distribution.numeric()) json.update({{"low", as_json(p.distribution.at(low_))}, {"high", as_json(p.distribution.at(high_))}});
        return json.dump();
    }

    std::vector<std::string> warnings() const override { return edge_warnings(space_, history_); }

private:
    struct Known {
        Score score;
        TrialId id = -1;
    };

    static nlohmann::ordered_json as_json(const Value& v) {
        return std::visit([](const auto& x) { return nlohmann::ordered_json(x); }, v);
    }

    const Parameter& parameter() const { return space_.parameters()[order_[at_]]; }
    /// Has it more values than a batch has room for? Else all of them are tried.
    bool is_line(const Distribution& d) const { return d.numeric() && (d.count() == 0 || d.count() > batch_size_ + 1); }

    std::string key(const std::vector<double>& units) const {
        std::string text;
        for (const auto& [name, value] : space_.at(units)) text += name + '=' + to_string(value) + ';';
        return text;
    }

    /// A point that means these settings; what does not count in them lies in the middle.
    std::vector<double> units_of(const Configuration& settings) const {
        std::vector<double> units;
        for (const Parameter& p : space_.parameters()) {
            const auto found = std::find_if(settings.begin(), settings.end(), [&](const auto& s) { return s.first == p.name; });
            units.push_back(found != settings.end() ? p.distribution.unit(found->second) : p.distribution.numeric() ? 0.5 : 0);
        }
        return units;
    }

    /// Plans a trial, within the budget, but none twice: of one that was tried before the result is known.
    void plan(std::vector<double> units) {
        if (std::ssize(batch_) >= trials_ - static_cast<int64_t>(history_.size())) return;
        const auto [known, fresh] = known_.try_emplace(key(units));
        if (fresh) batch_.push_back(std::move(units));
        else if (!starting_ && known->second.score < incumbent_.score) adopt({std::move(units), known->second.score, known->second.id});
    }

    void adopt(Tried better) {
        incumbent_ = std::move(better);
        gained_ = true;
    }

    /// `given`: settings to begin at.
    void plan_starts(std::span<const Configuration> given = {}) {
        starting_ = true;
        if (history_.size() == 0) {
            for (const Configuration& settings : given) plan(units_of(settings));
            std::vector<double> middle;
            for (const Parameter& p : space_.parameters()) middle.push_back(p.distribution.numeric() ? 0.5 : 0); // a choice's first value
            plan(std::move(middle));
        }
        for (int64_t looked = 0; looked < places_to_look && std::ssize(batch_) < batch_size_ && next_point_ < most_sobol_points; ++looked)
            plan(points_.at(next_point_++));
    }

    /// All of the batch is told: keeps what is better and plans the next.
    void go_on() {
        for (const Tried& t : results_) {
            known_[key(t.units)] = {t.score, t.id};
            if (starting_) starts_.push_back(t);
            else if (t.score < incumbent_.score) adopt(t);
        }
        results_.clear();
        batch_.clear();
        told_ = 0;
        news_.clear();
        while (batch_.empty() && static_cast<int64_t>(history_.size()) < trials_)
            if (!plan_next()) return;
    }

    /// Moves on, closer on the same line or to the next parameter, sweep or descent, and plans its batch, which may be
    /// empty. False where all has been tried.
    bool plan_next() {
        if (starting_) {
            descend();
        } else if (!closer_ && is_line(parameter().distribution)) {
            closer_ = true;
        } else {
            end_line();
        }
        if (at_ == order_.size()) {
            if (gained_) {
                begin_sweep(sweep_ + 1);
            } else if (starts_.empty()) {
                plan_starts();
                return !batch_.empty();
            } else {
                descend();
            }
        }
        if (!order_.empty()) plan_line();
        return true;
    }

    /// From the best starting point that is left.
    void descend() {
        const auto best = std::min_element(starts_.begin(), starts_.end(),
                                           [](const Tried& a, const Tried& b) { return std::pair(a.score, a.id) < std::pair(b.score, b.id); });
        incumbent_ = std::move(*best);
        starts_.erase(best);
        ++descent_;
        begin_sweep(1);
    }

    void begin_sweep(int32_t sweep) {
        starting_ = gained_ = closer_ = false;
        sweep_ = sweep;
        at_ = 0;
        before_ = incumbent_;
    }

    void end_line() {
        const Distribution& d = parameter().distribution;
        const size_t i = order_[at_++];
        if (before_.id != incumbent_.id)
            news_ += parameter_news(space_.parameters()[i].name, shown(d, d.at(before_.units[i])), shown(d, d.at(incumbent_.units[i])));
        before_ = incumbent_;
        closer_ = false;
    }

    std::string parameter_news(const std::string& name, const std::string& from, const std::string& to) const {
        return name + " from " + from + " to " + to + " is better (trial " + std::to_string(incumbent_.id) + ")\n";
    }

    void plan_line() {
        const Distribution& d = parameter().distribution;
        const size_t i = order_[at_];
        if (!space_.counts(parameter(), space_.at(incumbent_.units))) return;
        const double here = incumbent_.units[i];
        const auto plan_at = [&](double u) {
            std::vector<double> units = incumbent_.units;
            units[i] = u;
            plan(std::move(units));
        };
        if (!d.numeric()) {
            const auto n = static_cast<double>(d.choices.size());
            for (double k = 0; k < n; ++k) plan_at((k + 0.5) / n);
        } else if (!is_line(d)) {
            low_ = 0, high_ = 1;
            for (int64_t k = 0; k < d.count(); ++k)
                plan_at(d.unit(d.kind == DistributionKind::pow2 ? static_cast<int64_t>(d.low) << k : static_cast<int64_t>(d.low) + k));
        } else {
            const auto n = static_cast<double>(batch_size_);
            const double least = d.count() > 0 ? 1.5 / static_cast<double>(d.count()) : 0; // whole numbers: as far as the next one
            const double reach = std::max(closer_ ? (high_ - low_) / n : sweep_ == 1 ? 1.0 : std::exp2(-sweep_), least);
            low_ = std::max(0.0, here - reach);
            high_ = std::min(1.0, here + reach);
            for (double k = 0; k < n; ++k) plan_at(low_ + (k + 0.5) / n * (high_ - low_));
        }
    }

    SearchSpace space_;
    int64_t trials_;
    std::vector<size_t> order_; ///< parameters, the most important first
    SobolPoints points_;
    int64_t batch_size_;        ///< even, so that a batch around a point leaves out the point itself
    History history_;

    std::vector<std::vector<double>> batch_; ///< what is being tried
    size_t told_ = 0;                        ///< how many of these are told
    std::vector<Tried> results_;             ///< what came of these
    std::map<std::string, Known> known_;     ///< all settings tried, by key
    std::vector<Tried> starts_;              ///< starting points that no descent began at
    int64_t next_point_ = 0;
    Tried incumbent_, before_;               ///< the descent's best, and as it was when the line began
    bool starting_ = true;                   ///< the batch is of starting points
    bool gained_ = false;                    ///< has this sweep brought something?
    bool closer_ = false;                    ///< the line's second batch
    int32_t descent_ = 0, sweep_ = 0;
    size_t at_ = 0;                          ///< the parameter, as a place in the order
    double low_ = 0, high_ = 1;              ///< what the batch covers
    std::string news_;                       ///< what was found since the batch before
};

} // namespace

std::unique_ptr<Sampler> make_coordinate(const SearchSpace& space, const SamplerOptions& options) {
    return std::make_unique<Coordinate>(space, options);
}

} // namespace caviar::search
