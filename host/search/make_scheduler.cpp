#include "host/search/schedulers.h"

#include "caviar/error.h"

#include <array>
#include <string_view>

namespace caviar {
namespace {

class None final : public Scheduler {
public:
    Decision next(std::span<const Standing> cohort) const override {
        Decision decision;
        for (size_t i = 0; i < cohort.size(); ++i)
            if (!cohort[i].ended && cohort[i].epochs() < cohort[i].most) decision.steps.push_back({i, cohort[i].most});
        return decision;
    }
};

constexpr std::array<std::string_view, 6> known = {"none", "median", "successive-halving", "hyperband", "asha", "pbt"};

[[noreturn]] void unknown(const std::string& name) {
    std::string allowed;
    for (const std::string_view k : known) allowed += (allowed.empty() ? "" : ", ") + std::string(k);
    const auto near = did_you_mean(name, known);
    throw UsageError("unknown scheduler \"" + name + "\"" + (near.empty() ? "." : ", did you mean \"" + std::string(near) + "\"?") + " Allowed: " + allowed);
}

} // namespace

std::unique_ptr<Scheduler> make_scheduler(const SchedulerOptions& o, int32_t max_epochs, uint64_t seed, const SearchSpace& space) {
    const auto refuse = [](const std::string& what) { throw UsageError("scheduler: " + what); };
    if (max_epochs < 1) refuse("trials need at least one epoch, got " + std::to_string(max_epochs));
    if (!(o.eta > 1) || o.eta > 1000) refuse("eta is above 1 and at most 1000, got " + to_string(Value{o.eta}));
    if (o.min_epochs < 0 || o.min_epochs > max_epochs)
        refuse("min_epochs is from 1 to the trials' " + std::to_string(max_epochs) + " epochs, or 0, got " + std::to_string(o.min_epochs));
    if (o.workers < 1) refuse("asha has at least one worker, got " + std::to_string(o.workers));
    if (!(o.quantile > 0 && o.quantile <= 0.5)) refuse("pbt's quantile is above 0 and at most 0.5, got " + to_string(Value{o.quantile}));
    if (o.name == "none") return std::make_unique<None>();
    if (o.name == "median") return search::make_median(o, max_epochs);
    if (o.name == "successive-halving") return search::make_successive_halving(o, max_epochs);
    if (o.name == "hyperband") return search::make_hyperband(o, max_epochs);
    if (o.name == "asha") return search::make_asha(o, max_epochs);
    if (o.name == "pbt") return search::make_pbt(o, max_epochs, seed, space);
    unknown(o.name);
}

} // namespace caviar
