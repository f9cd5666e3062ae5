#include "host/search/rungs.h"
#include "host/search/schedulers.h"
#include "host/search/stream.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace caviar::search {
namespace {

/// What may change in mid-training and varies in a way that steps make sense for.
constexpr std::array<std::string_view, 4> explored = {"learning_rate", "momentum", "weight_decay", "dropout"};

/// M. Jaderberg et al., "Population Based Training of Neural Networks", 2017, with truncation selection: every `min_epochs` epochs each of
/// the worst `quantile` of the population takes over the net of one of the best (exploit), and goes on with that one's settings,
/// changed a little (explore): a rate or a decay times 0.8 or 1.25, a momentum so that 1 - momentum is, all kept within the space.
/// Only a net of the same shape and inputs can be taken over; where no good one has it, a trial goes on as it is.
class Pbt final : public Scheduler {
public:
    Pbt(const SchedulerOptions& options, int32_t max_epochs, uint64_t seed, const SearchSpace& space)
        : quantile_(options.quantile), interval_(options.min_epochs > 0 ? options.min_epochs : std::max(1, max_epochs / 10)), max_epochs_(max_epochs), seed_(seed), space_(space) {}

    Decision next(std::span<const Standing> cohort) const override {
        Decision decision;
        int32_t now = max_epochs_; // all have come so far
        for (const Standing& s : cohort)
            if (!s.ended) now = std::min(now, s.epochs());
        if (now > 0 && now < max_epochs_) exploit(cohort, now, decision);
        const int32_t until = std::min(max_epochs_, (now / interval_ + 1) * interval_);
        for (size_t i = 0; i < cohort.size(); ++i)
            if (!reached(cohort[i], until)) decision.steps.push_back({i, std::min(until, cohort[i].most)});
        return decision;
    }

    bool copies() const override { return true; }
    std::string explain() const override {
        return "pbt: every " + std::to_string(interval_) + " epochs the worst " + to_string(Value{std::round(1000 * quantile_) / 10}) +
               "% take over the nets and the settings of the best, and change these a little" + obstacles();
    }

private:
    void exploit(std::span<const Standing> cohort, int32_t now, Decision& decision) const {
        std::vector<size_t> order;
        for (size_t i = 0; i < cohort.size(); ++i)
            if (!cohort[i].ended && cohort[i].epochs() == now) order.push_back(i);
        const auto latest = [&](size_t i) { return std::pair(cohort[i].scores[static_cast<size_t>(now) - 1], i); };
        std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return latest(a) < latest(b); });
        const auto share = static_cast<size_t>(static_cast<double>(order.size()) * quantile_ + 1e-9);
        for (size_t place = order.size() - share; place < order.size(); ++place) {
            const size_t to = order[place];
            std::vector<size_t> models;
            for (size_t k = 0; k < share; ++k)
                if (same_net(*cohort[order[k]].hyperparameters, *cohort[to].hyperparameters)) models.push_back(order[k]);
            if (models.empty()) continue;
            Stream stream(seed_, static_cast<uint64_t>(cohort[to].id), Use::exploit, static_cast<uint32_t>(now));
            const size_t from = models[static_cast<size_t>(stream.below(static_cast<int64_t>(models.size())))];
            decision.copies.push_back({from, to, changed(*cohort[from].hyperparameters, *cohort[to].hyperparameters, stream)});
        }
    }

    /// What varies and keeps trials from taking over each other's nets, in words.
    std::string obstacles() const {
        std::string names;
        for (const Parameter* parameter : space_.varying())
            for (const std::string_view shape : {"layers", "units", "activation", "scaling", "variance_kept"})
                if (parameter->name.starts_with(shape)) names += (names.empty() ? "" : ", ") + parameter->name;
        if (names.empty()) return {};
        return "\n  only nets of one kind can be taken over, and " + names + (names.find(',') == std::string::npos ? " varies" : " vary") +
               ": hold them with --set, or few trials find anyone to copy from";
    }

    static bool same_net(const Hyperparameters& a, const Hyperparameters& b) {
        return a.hidden == b.hidden && a.activation == b.activation && a.scaling == b.scaling && a.variance_kept == b.variance_kept;
    }

    /// The model's settings, changed. What a trial is by itself stays its own: its seed, and how long it may train.
    Hyperparameters changed(const Hyperparameters& model, const Hyperparameters& own, Stream& stream) const {
        Hyperparameters h = model;
        h.seed = own.seed;
        h.init = own.init; // it has begun already
        h.init_scale = own.init_scale;
        h.zero_output = own.zero_output;
        h.epochs = own.epochs;
        h.patience = own.patience;
        h.patience_from = own.patience_from;
        h.patience_factor = own.patience_factor;
        for (const std::string_view name : explored) {
            const Parameter* parameter = space_.find(name);
            const double factor = stream.uniform() < 0.5 ? 0.8 : 1.25; // drawn for each, so that one draw is no other's
            if (!parameter || !parameter->distribution.numeric()) continue;
            const double value = std::get<double>(get(h, name));
            const double stepped = name == "momentum" ? 1 - (1 - value) * factor : value * factor;
            set(h, name, std::clamp(stepped, parameter->distribution.low, parameter->distribution.high));
        }
        return h;
    }

    double quantile_;
    int32_t interval_, max_epochs_;
    uint64_t seed_;
    const SearchSpace& space_;
};

} // namespace

std::unique_ptr<Scheduler> make_pbt(const SchedulerOptions& options, int32_t max_epochs, uint64_t seed, const SearchSpace& space) {
    return std::make_unique<Pbt>(options, max_epochs, seed, space);
}

} // namespace caviar::search
