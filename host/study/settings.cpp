#include "host/study/settings.h"

#include "host/core/distribution.h"

#include <algorithm>

namespace caviar {

namespace study {

namespace {

constexpr int32_t version = 1;

constexpr auto& kinds = core::kind_names;

std::vector<ParameterText> as_list(const SearchSpace& space) {
    std::vector<ParameterText> list;
    for (const Parameter& p : space.parameters())
        list.push_back({p.name, std::string(kinds.at(static_cast<size_t>(p.distribution.kind))), p.distribution.low, p.distribution.high,
                        p.distribution.choices, p.when});
    return list;
}

SearchSpace as_space(const std::vector<ParameterText>& list) {
    SearchSpace space;
    for (const ParameterText& p : list) {
        const auto kind = std::find(kinds.begin(), kinds.end(), p.kind);
        if (kind == kinds.end()) bad_json("the space's " + p.name, "unknown distribution \"" + p.kind + "\"");
        Distribution distribution{static_cast<DistributionKind>(kind - kinds.begin()), p.low, p.high, p.choices};
        space.vary(p.name, distribution, p.when);
    }
    return space;
}

Json as_json(const SweepSettings& settings) {
    SettingsText text{version, settings, as_list(settings.space)};
    return encode(text);
}

} // namespace

std::string differences(const SweepSettings& theirs, const SweepSettings& ours) {
    Json a = as_json(theirs), b = as_json(ours);
    for (Json* json : {&a, &b}) {
        for (const char* name : {"data", "valid_file", "test_file", "valid_labels", "test_labels", "read"}) json->erase(name);
        (*json)["sampler"].erase("trials");
        if (json->contains("initial")) (*json)["initial"].erase("file"); // the hash speaks for it
    }
    std::string names;
    for (const auto& change : Json::diff(a, b)) {
        std::string path = change["path"].get<std::string>().substr(1);
        std::replace(path.begin(), path.end(), '/', '.');
        if (path.starts_with("space.")) path = "space"; // positions in a list say nothing to a person
        if (names.find(path) == std::string::npos) names += (names.empty() ? "" : ", ") + path;
    }
    return names;
}

} // namespace study

std::string to_json(const SweepSettings& settings) { return study::as_json(settings).dump(); }

SweepSettings settings_from_json(const std::string& text) {
    using namespace study;
    const std::string where = "settings";
    try {
        const Json json = Json::parse(text);
        if (json.is_object() && json.contains("caviar_settings") && json["caviar_settings"] != Json(version))
            throw RuntimeFailure(where + ": written by another version of caviar (" + json["caviar_settings"].dump() + ", this one knows " +
                                 std::to_string(version) + "); use that caviar, or start a new study");
        SettingsText read;
        decode(json, read, where);
        read.settings.space = as_space(read.space);
        // `vary` may add a condition of its own; then the text is not what a caviar wrote.
        if (encode(as_list(read.settings.space)) != json["space"]) bad_json(where + ".space", "is not a space that this caviar would make");
        return read.settings;
    } catch (const Json::exception& error) {
        throw RuntimeFailure(where + ": not JSON: " + error.what());
    } catch (const UsageError& error) {
        throw RuntimeFailure(where + ": " + error.what());
    }
}

int32_t most_epochs(const SweepSettings& settings) {
    const Parameter* p = settings.space.find("epochs");
    if (!p) return settings.defaults.epochs;
    int32_t most = p->when ? settings.defaults.epochs : 1;
    if (p->distribution.numeric()) return std::max(most, static_cast<int32_t>(p->distribution.high));
    Hyperparameters h;
    for (const Value& value : p->distribution.choices) {
        set(h, "epochs", value);
        most = std::max(most, h.epochs);
    }
    return most;
}

Trial make_trial(const SweepSettings& settings, TrialId id, int32_t round, Configuration configuration) {
    Trial trial;
    trial.id = id;
    trial.round = round;
    trial.hyperparameters = settings.space.resolve(configuration, settings.defaults);
    if (!settings.space.find("seed")) trial.hyperparameters.seed = static_cast<uint64_t>(id);
    trial.configuration = std::move(configuration);
    return trial;
}

} // namespace caviar
