#include "host/search/box.h"
#include "host/search/budget.h"
#include "host/search/edges.h"
#include "host/search/priority.h"
#include "host/search/samplers.h"
#include "host/search/shown.h"
#include "host/search/stream.h"

#include "caviar/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace caviar::search {
namespace {

constexpr std::array<int64_t, 4> shares = {3, 3, 2, 2}; // of the budget; the earlier stages decide more

/// The optimizer goes with the learning rate, which means nothing without it. What the course does not rank is tuned at the end.
size_t stage_of(std::string_view name) {
    if (name == "optimizer") return 0;
    return std::min<size_t>(static_cast<size_t>(priority(name)), shares.size() - 1);
}

struct Stage {
    std::vector<size_t> parameters; ///< of the space
    int64_t end = 0;                ///< the first trial that is no longer its own
};

/// A sampler in stages, the most important parameters first. In a stage only its own parameters vary, and the learning rate, which
/// what is tuned later (depth, batch size) moves, in the range that the stage before narrowed it to. Those tuned before are held at the best
/// trial's values, those to come at the middle of their scale, a choice at its first value, or as in the best of a warm start.
class Staged final : public Sampler {
public:
    Staged(const SearchSpace& space, const SamplerOptions& options)
        : space_(space), options_(options), stage_space_(space), history_(space), stage_history_(space) {
        if (options.plan != "staged") throw UsageError("unknown plan \"" + options.plan + "\". Allowed: staged");
        if (options.name == "grid" || options.name == "coordinate")
            throw UsageError("the plan staged goes with samplers that vary all they are given: random, sobol, coarse-to-fine, tpe or gp, not " + options.name);
        options_.plan.clear();
        if (!options.warm_start.first.empty()) warm_ = options.warm_start.first.front();
        options_.warm_start = {};
        options_.trials = planned_trials(options, "staged");
        (void)make_sampler(space, options_); // refuses what it cannot do in words about all trials, not about a stage's
        plan_stages();
        begin(0);
    }

    std::vector<Configuration> ask(int64_t limit) override { return inner_ ? inner_->ask(std::min(limit, left())) : std::vector<Configuration>{}; }

    void tell(std::span<const Observation> trials) override {
        while (!trials.empty()) {
            const auto count = inner_ ? std::min(trials.size(), static_cast<size_t>(left())) : trials.size();
            tell_stage(trials.first(count));
            trials = trials.subspan(count);
            if (inner_ && left() == 0) {
                narrow_rate();
                begin(now_ + 1);
            }
        }
    }

    std::string explain() const override {
        if (!inner_) return {};
        std::string text = "stage " + std::to_string(now_ + 1) + " of " + std::to_string(stages_.size()) + ", " + names() + ": " +
                           std::to_string(stages_[now_].end - start_) + " of " + std::to_string(options_.trials) + " trials";
        if (stage_history_.size() == 0)
            text += reasons_text();
        const std::string inner = inner_->explain();
        return inner.empty() ? text : text + "\n" + inner;
    }

    std::string state() const override {
        using Json = nlohmann::ordered_json;
        Json json = {{"plan", "staged"}, {"stage", now_}, {"stages", stages_.size()}};
        if (!inner_) return json.dump();
        json["trials"] = stages_[now_].end - start_;
        json["parameters"] = Json::array();
        for (const size_t i : stages_[now_].parameters) json["parameters"].push_back(space_.parameters()[i].name);
        for (const Reason& r : reasons_) json["held"][r.name] = {{"value", r.what}, {"why", r.why}};
        json["inner"] = Json::parse(inner_->state());
        return json.dump();
    }

    std::vector<std::string> warnings() const override { return edge_warnings(space_, history_); }

private:
    struct Reason {
        std::string name, what, why;
    };

    std::string reasons_text() const {
        size_t longest = 0;
        for (const Reason& r : reasons_) longest = std::max(longest, r.name.size());
        std::string text;
        for (const Reason& r : reasons_) text += "\n  " + r.name + std::string(longest - r.name.size() + 2, ' ') + r.what + "  (" + r.why + ")";
        return text;
    }

    int64_t told() const { return static_cast<int64_t>(history_.size()); }
    int64_t left() const { return stages_[now_].end - told(); }

    std::string names() const {
        std::string text;
        const auto& own = stages_[now_].parameters;
        for (size_t k = 0; k < own.size(); ++k) text += (k == 0 ? "" : k + 1 == own.size() ? " and " : ", ") + space_.parameters()[own[k]].name;
        return text.empty() ? "nothing varies" : text;
    }

    /// Stages without a parameter get no trials.
    void plan_stages() {
        std::array<Stage, shares.size()> all;
        for (const size_t i : by_priority(space_)) all[stage_of(space_.parameters()[i].name)].parameters.push_back(i);
        int64_t whole = 0, so_far = 0;
        for (size_t k = 0; k < all.size(); ++k)
            if (!all[k].parameters.empty()) whole += shares[k];
        for (size_t k = 0; k < all.size(); ++k) {
            if (all[k].parameters.empty()) continue;
            so_far += shares[k];
            all[k].end = options_.trials * so_far / whole;
            stages_.push_back(all[k]);
        }
        if (stages_.empty()) stages_.push_back({{}, options_.trials});
    }

    void tell_stage(std::span<const Observation> trials) {
        history_.tell(trials);
        std::vector<Observation> own(trials.begin(), trials.end());
        for (Observation& o : own) {
            const bool better = std::isfinite(o.score.badness) && (!best_ || o.score < best_->score);
            if (better) best_ = o;
            std::erase_if(o.configuration, [&](const auto& setting) { return !stage_space_.find(setting.first); });
        }
        stage_history_.tell(own);
        if (inner_) inner_->tell(own);
    }

    /// The first stage from `next` on that has trials and a parameter that counts under what is held; one that has none leaves its trials
    /// to the next.
    void begin(size_t next) {
        inner_.reset();
        start_ = told();
        for (; next < stages_.size(); ++next) {
            now_ = next;
            hold();
            const auto& own = stages_[next].parameters;
            const bool counts = std::any_of(own.begin(), own.end(), [&](size_t i) { return stage_space_.find(space_.parameters()[i].name); });
            if (stages_[next].end > start_ && (counts || next + 1 == stages_.size())) break;
        }
        if (next == stages_.size()) return;
        SamplerOptions options = options_;
        options.seed = Stream(options_.seed, next, Use::stage).bits();
        options.trials = left();
        options.rounds = static_cast<int32_t>(std::min<int64_t>(options.rounds, options.trials));
        stage_history_ = History(stage_space_);
        inner_ = make_sampler(stage_space_, options);
    }

    /// The stage's space, parents before children: what is not its own becomes a constant, or the narrowed rate.
    void hold() {
        stage_space_ = space_;
        reasons_.clear();
        for (const Parameter& p : space_.parameters()) {
            const size_t stage = p.distribution.count() == 1 ? now_ : place_of(p.name);
            if (stage == now_ || !stage_space_.find(p.name)) continue;
            if (stage < now_ && p.name == "learning_rate" && rate_) {
                stage_space_.vary(p.name, *rate_, p.when);
                reasons_.push_back({p.name, shown(*rate_, rate_->at(0)) + " .. " + shown(*rate_, rate_->at(1)), rate_why_});
                continue;
            }
            const Distribution& d = p.distribution;
            Value value = d.at(d.numeric() ? 0.5 : 0);
            std::string why = d.numeric() ? "the middle of its scale" : "its first value";
            why += stage > now_ ? " until its own stage" : ", as no trial with it has converged";
            if (const Value* found = stage < now_ ? in_best(p.name) : nullptr) {
                value = *found;
                why = "as in the best so far, trial " + std::to_string(best_->id);
            } else if (const Value* known = value_in(warm_, p.name)) {
                value = *known;
                why = "as in the best of the warm start";
                if (stage > now_) why += ", until its own stage";
            }
            reasons_.push_back({p.name, shown(d, value), why});
            stage_space_.vary(p.name, {DistributionKind::constant, 0, 0, {value}}, p.when);
        }
    }

    /// Which of the planned stages tunes it.
    size_t place_of(std::string_view name) const {
        for (size_t k = 0; k < stages_.size(); ++k)
            for (const size_t i : stages_[k].parameters)
                if (space_.parameters()[i].name == name) return k;
        return now_;
    }

    const Value* in_best(std::string_view name) const {
        return best_ ? value_in(best_->configuration, name) : nullptr;
    }

    static const Value* value_in(const Configuration& settings, std::string_view name) {
        for (const auto& [known, value] : settings)
            if (known == name) return &value;
        return nullptr;
    }

    /// The learning rate's range for what comes: where the best trials of the stage that ended lie, the best of all included.
    void narrow_rate() {
        const Parameter* rate = stage_space_.find("learning_rate");
        const Value* best = in_best("learning_rate");
        if (!rate || !best || rate->distribution.count() != 0 || !rate->distribution.numeric()) return;
        const auto i = static_cast<size_t>(rate - stage_space_.parameters().data());
        const size_t trials = stage_history_.size();
        const Box box = narrowed(stage_space_, stage_history_, whole(stage_space_), trials, elite_count(stage_history_.finite(trials), 1));
        if (box.sides[i].active == 0) return;
        const Distribution before = rate->distribution;
        const double u = before.unit(*best);
        rate_ = before;
        rate_->low = number(before.at(std::min(box.sides[i].low, u)));
        const double high = std::max(box.sides[i].high, u);
        rate_->high = high < 1 ? number(before.at(high)) : before.high;
        rate_why_ = "narrowed, as the best " + std::to_string(box.sides[i].active) + " of " + std::to_string(trials) + " trials lie in " +
                    shown(before, before.at(box.sides[i].elite_low)) + " .. " + shown(before, before.at(box.sides[i].elite_high)) +
                    "; it moves with what is tuned now";
    }

    static double number(const Value& v) { return std::get<double>(v); }

    SearchSpace space_;
    SamplerOptions options_;
    std::vector<Stage> stages_;
    SearchSpace stage_space_;
    History history_, stage_history_; ///< of all trials; of the stage's, in its space
    std::unique_ptr<Sampler> inner_;  ///< empty where the budget is spent
    size_t now_ = 0;
    int64_t start_ = 0;               ///< the stage's first trial
    std::optional<Observation> best_;
    Configuration warm_;              ///< the best setting of a warm start; empty: none
    std::optional<Distribution> rate_;
    std::string rate_why_;
    std::vector<Reason> reasons_;
};

} // namespace

std::unique_ptr<Sampler> make_staged(const SearchSpace& space, const SamplerOptions& options) {
    return std::make_unique<Staged>(space, options);
}

} // namespace caviar::search
