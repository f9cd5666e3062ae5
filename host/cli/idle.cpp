#include "host/cli/idle.h"

#include "caviar/error.h"
#include "host/cli/settings.h"
#include "host/core/condition.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace caviar::cli {

namespace {

/// A setting that counts with these values of another one only: none named stands for 1 or more, unset for "not given".
struct Belonging {
    std::string_view key, owner;
    std::vector<std::string_view> values;
};

constexpr std::string_view unset;

const std::array<Belonging, 16> belongings{{
    {"rounds", "sampler", {"coarse-to-fine"}},
    {"explore", "sampler", {"coarse-to-fine"}},
    {"draw", "sampler", {"coarse-to-fine"}},
    {"round_size", "sampler", {"tpe", "gp"}},
    {"points", "sampler", {"grid"}},
    {"eta", "scheduler", {"successive-halving", "hyperband", "asha"}},
    {"min_epochs", "scheduler", {"median", "successive-halving", "hyperband", "asha", "pbt"}},
    {"asha_workers", "scheduler", {"asha"}},
    {"pbt_quantile", "scheduler", {"pbt"}},
    {"confirm_seeds", "confirm", {}},
    {"isa", "engine", {"auto", "cpu"}},
    {"device", "engine", {"auto", "cuda"}},
    {"tier", "engine", {"auto", "cuda"}},
    {"profile_rung", "engine", {"auto", "cuda"}},
    {"valid_share", "valid", {unset}},
    {"test_share", "test", {unset}},
}};

const Setting& setting_of(std::string_view key) {
    return *std::find_if(settings().begin(), settings().end(), [&](const Setting& setting) { return setting.key == key; });
}

std::string in_words(const Json& value) { return value.is_null() ? std::string(unset) : value.is_string() ? value.get<std::string>() : value.dump(); }

bool has_effect(const Belonging& one, const std::string& owner) {
    if (one.values.empty()) return owner != unset && owner != "0";
    return std::find(one.values.begin(), one.values.end(), owner) != one.values.end();
}

std::string flag_of(const Setting& setting) {
    const std::string flags = setting.flag;
    return flags.substr(0, flags.find(','));
}

/// "with --sampler tpe or gp", "with --confirm 1 or more", "without --valid".
std::string owner_text(const Belonging& one, const Setting& owner) {
    if (one.values == std::vector{unset}) return "without " + flag_of(owner);
    std::string text = "with " + flag_of(owner) + (one.values.empty() ? " 1 or more" : "");
    for (size_t i = 0; i < one.values.size(); ++i)
        text += (i == 0 ? " " : i + 1 == one.values.size() ? " or " : ", ") + std::string(one.values[i]);
    return text;
}

void refuse_idle_settings(const Request& request, const Request& resolved) {
    const auto by_flag = [&](std::string_view key) {
        const auto said = request.said.find(std::string(key));
        return said != request.said.end() && said->second.by_flag;
    };
    for (const Belonging& one : belongings) {
        const auto said = request.said.find(std::string(one.key));
        if (said == request.said.end() || (!said->second.by_flag && by_flag(one.owner))) continue; // flags win over a file
        const Setting& owner = setting_of(one.owner);
        const std::string value = in_words(owner.get(resolved));
        if (has_effect(one, value)) continue;
        throw UsageError(said->second.where + ": has an effect only " + owner_text(one, owner) + ", and here that is " + value + "; leave it out, or change that");
    }
}

/// What is held by a flag; a settings file may hold all there is, as --print-config writes it.
void refuse_idle_hyperparameters(const Request& request, const SweepSettings& resolved) {
    for (const SpaceEntry& entry : request.space) {
        const auto condition = core::automatic_condition(field(entry.name));
        if (!entry.by_flag || !condition) continue;
        const Parameter* parent = resolved.space.find(condition->parameter);
        const Value held = get(resolved.defaults, condition->parameter);
        if (parent != nullptr ? core::met(*condition, parent->distribution) != core::Met::never : core::meets(*condition, held)) continue;
        throw UsageError(entry.where + ": has an effect only where " + std::string(field(entry.name).when) + ", and here " + condition->parameter + " is " +
                         (parent != nullptr ? caviar::to_string(parent->distribution) : caviar::to_string(held)) + "; leave it out");
    }
}

} // namespace

void refuse_idle(const Request& request, const SweepSettings& resolved) {
    Request in_force;
    in_force.settings = resolved;
    in_force.engine = request.engine;
    refuse_idle_settings(request, in_force);
    refuse_idle_hyperparameters(request, resolved);
}

} // namespace caviar::cli
