#include "host/cli/settings.h"

#include "caviar/error.h"

#include <charconv>
#include <cmath>
#include <cstring>

namespace caviar::cli {

namespace {

const char* group_of(const Setting& setting) {
    if (std::strcmp(setting.section, "data") == 0) return "Data";
    if (std::strcmp(setting.section, "search") == 0) return "Search";
    return is_engine(setting) ? "Engine" : "Training";
}

/// "--target" of "--target,-t".
std::string long_name(const Setting& setting) {
    const std::string flag = setting.flag;
    return flag.substr(0, flag.find(','));
}

template <class Number> bool read(const std::string& text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

/// A flag's text as the JSON its kind wants; text that is no number stays text, for `set` to refuse.
Json value_of(const Setting& setting, const std::vector<std::string>& texts) {
    if (setting.kind == Kind::list) {
        Json list = Json::array();
        for (const std::string& text : texts) {
            size_t begin = 0;
            for (size_t comma; (comma = text.find(',', begin)) != std::string::npos; begin = comma + 1) {
                list.push_back(text.substr(begin, comma - begin));
            }
            list.push_back(text.substr(begin));
        }
        return list;
    }
    const std::string& text = texts.back();
    if (int64_t whole = 0; setting.kind == Kind::integer && read(text, whole)) return whole;
    if (double real = 0; setting.kind == Kind::real && read(text, real) && std::isfinite(real)) return real;
    return text;
}

SpaceEntry held(const char* name, const std::string& value, const char* flag) {
    SpaceEntry entry = parse_entry(std::string(name) + '=' + value, std::string(flag) + ' ' + value);
    entry.fixed = true;
    return entry;
}

} // namespace

void set_flag(Request& request, const Setting& setting, const std::vector<std::string>& words) {
    set(request, setting, value_of(setting, words), long_name(setting));
    request.said[setting.key].by_flag = true;
}

void add_setting_flags(CLI::App& sub, SettingFlags& flags, Purpose purpose) {
    const bool search = purpose == Purpose::search;
    for (const Setting& setting : settings()) {
        if (*setting.flag == '\0') continue;
        if (!search && std::strcmp(setting.section, "search") == 0 && std::strcmp(setting.key, "seed") != 0) continue;
        CLI::Option* option = sub.add_option(setting.flag, flags.values[setting.key], setting.help);
        option->type_name(setting.placeholder)->group(group_of(setting))->allow_extra_args(false)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    sub.add_flag("--header", flags.header, "The first line holds the columns' names; found out if not given")->group("Data");
    sub.add_flag("--no-header", flags.no_header, "The first line is data")->group("Data")->excludes("--header");
    const auto words = [&](const char* name, std::vector<std::string>& into, const char* placeholder, const char* help) {
        sub.add_option(name, into, help)->type_name(placeholder)->group("Space")->allow_extra_args(false)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    };
    if (search) words("--vary,-v", flags.vary, "NAME=HOW",
          "Let a hyperparameter vary: uniform(a,b), log(a,b), beta(a,b), int(a,b), logint(a,b), pow2(a,b) or choice(x,y,...); "
          "'momentum=beta(0.9,0.999) when optimizer=momentum,nesterov' only there. May be repeated");
    words("--set,-s", flags.fix, "NAME=VALUE", "Hold a hyperparameter at one value. May be repeated");
    if (search) sub.add_flag("--only", flags.only, "Vary nothing but what --vary and [space] name")->group("Space");
    sub.add_option("--epochs,-e", flags.epochs, "At most this many passes over the training rows: --set epochs=N")
        ->type_name("N")->group("Training");
    sub.add_option("--patience", flags.patience, "Stop a network after N epochs with no better validation score: --set patience=N")
        ->type_name("N")->group("Training");
    sub.add_option("--scaling", flags.scaling, "none, standardize or pca: --set scaling=NAME")->type_name("NAME")->group("Training");
}

void apply(const SettingFlags& flags, Request& request) {
    for (const Setting& setting : settings()) {
        const auto given = flags.values.find(setting.key);
        if (given == flags.values.end() || given->second.empty()) continue;
        set_flag(request, setting, given->second);
    }
    if (flags.header) request.settings.read.header = true;
    if (flags.no_header) request.settings.read.header = false;
    if (flags.only) request.only = true;

    std::vector<SpaceEntry> entries;
    for (const std::string& text : flags.vary) entries.push_back(parse_entry(text, "--vary '" + text + "'"));
    const size_t varied = entries.size();
    for (const std::string& text : flags.fix) {
        entries.push_back(parse_entry(text, "--set '" + text + "'"));
        entries.back().fixed = true;
    }
    if (!flags.epochs.empty()) entries.push_back(held("epochs", flags.epochs, "--epochs"));
    if (!flags.patience.empty()) entries.push_back(held("patience", flags.patience, "--patience"));
    if (!flags.scaling.empty()) entries.push_back(held("scaling", flags.scaling, "--scaling"));
    for (size_t i = 0; i < varied; ++i) {
        for (size_t j = varied; j < entries.size(); ++j) {
            if (entries[i].name == entries[j].name) {
                throw UsageError(entries[i].where + " and " + entries[j].where + " contradict each other; keep one of them");
            }
        }
    }
    for (SpaceEntry& entry : entries) entry.by_flag = true;
    request.space.insert(request.space.end(), entries.begin(), entries.end());
}

} // namespace caviar::cli
