#include "host/search/shown.h"
#include "host/search/sobol_points.h"
#include "host/search/warm_start.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace caviar::search {
namespace {

constexpr uint64_t number_of_box = uint64_t{1} << 40; // of its Sobol sequence; coarse-to-fine's are numbered from 0

class WarmStarted final : public Sampler {
public:
    WarmStarted(const SearchSpace& space, const SamplerOptions& options, std::unique_ptr<Sampler> inner)
        : warm_(options.warm_start), inner_(std::move(inner)), plan_(warm_.first) {
        SearchSpace box = space;
        for (const WarmStart::Side& side : warm_.box)
            if (const Parameter* p = box.find(side.name)) {
                const auto when = p->when; // a copy: `vary` moves parameters
                box.vary(side.name, side.distribution, when);
            }
        const SobolPoints points(box, options.seed, number_of_box);
        for (int64_t i = 0; i < warm_.box_trials; ++i) plan_.push_back(box.at(points.at(i)));
        if (options.trials > 0 && std::ssize(plan_) > options.trials) plan_.resize(static_cast<size_t>(options.trials));
    }

    std::vector<Configuration> ask(int64_t limit) override {
        if (told_ >= plan_.size()) return inner_->ask(limit);
        const auto first = plan_.begin() + static_cast<std::ptrdiff_t>(told_);
        return {first, first + std::clamp<int64_t>(limit, 0, plan_.end() - first)};
    }
    void tell(std::span<const Observation> trials) override {
        told_ += trials.size();
        inner_->tell(trials);
    }
    std::string explain() const override {
        if (told_ >= plan_.size()) {
            const std::string inner = inner_->explain();
            const bool first = told_ == plan_.size() && !inner.empty(); // its words count them
            return first ? "with the " + std::to_string(told_) + " trials of the warm start counted in,\n" + inner : inner;
        }
        std::string studies;
        for (const std::string& name : warm_.from) studies += (studies.empty() ? "" : ", ") + name;
        std::string text = "warm start: the best " + std::to_string(warm_.first.size()) + " settings of " + studies;
        if (warm_.box_trials == 0) return text;
        text += ", then " + std::to_string(warm_.box_trials) + " trials where its best lie:";
        size_t longest = 0;
        for (const WarmStart::Side& side : warm_.box) longest = std::max(longest, side.name.size());
        for (const WarmStart::Side& side : warm_.box) text += "\n  " + side.name + std::string(longest - side.name.size() + 2, ' ') + range(side.distribution);
        return text;
    }
    std::string state() const override {
        if (told_ >= plan_.size()) return inner_->state();
        nlohmann::ordered_json json = {{"sampler", "warm-start"}, {"first", warm_.first.size()}, {"box_trials", warm_.box_trials}, {"box", nlohmann::ordered_json::object()}};
        for (const WarmStart::Side& side : warm_.box) json["box"][side.name] = to_string(side.distribution);
        return json.dump();
    }
    std::vector<std::string> warnings() const override { return inner_->warnings(); }

private:
    static std::string range(const Distribution& d) {
        if (d.numeric()) return shown(d, d.at(0)) + " .. " + shown(d, d.at(1));
        std::string text;
        for (auto v = d.choices.begin(); v != d.choices.end(); ++v)
            if (std::find(d.choices.begin(), v, *v) == v)
                text += (text.empty() ? "" : ", ") + to_string(*v) + " " +
                        percent(static_cast<double>(std::count(v, d.choices.end(), *v)) / static_cast<double>(d.choices.size()));
        return text;
    }

    WarmStart warm_;
    std::unique_ptr<Sampler> inner_;
    std::vector<Configuration> plan_;
    size_t told_ = 0;
};

} // namespace

std::unique_ptr<Sampler> make_warm_started(const SearchSpace& space, const SamplerOptions& options, std::unique_ptr<Sampler> inner) {
    return std::make_unique<WarmStarted>(space, options, std::move(inner));
}

} // namespace caviar::search
