#include "host/cli/spelling.h"

#include "caviar/error.h"
#include "caviar/hyperparameters.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace caviar::cli {

namespace {

std::vector<std::string> flags_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        for (const std::string& name : option->get_fnames()) {
            const std::string flag = (name.rfind("--", 0) == 0 ? "" : "--") + name;
            if (std::find(names.begin(), names.end(), flag) == names.end()) names.push_back(flag);
        }
    }
    return names;
}

[[noreturn]] void unknown_command(const CLI::App& app, const std::string& word) {
    std::vector<std::string> names;
    std::string list;
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(sub->get_name());
        list += (list.empty() ? "" : ", ") + sub->get_name();
    }
    std::string hint = suggestion(word, names);
    std::error_code ignored;
    if (hint.empty() && std::filesystem::is_regular_file(word, ignored)) hint = "; did you mean 'caviar sweep " + word + "'?";
    throw UsageError("there is no command '" + word + "'" + hint + "\nCommands: " + list);
}

} // namespace

std::string suggestion(const std::string& name, const std::vector<std::string>& known) {
    const std::vector<std::string_view> views(known.begin(), known.end());
    const std::string_view nearest = did_you_mean(name, views);
    return nearest.empty() ? "" : "; did you mean '" + std::string(nearest) + "'?";
}

void check_spelling(const CLI::App& app, const std::vector<std::string>& arguments) {
    const CLI::App* current = &app;
    for (const std::string& argument : arguments) {
        if (argument == "--") return;
        if (argument.rfind("--", 0) == 0) {
            const std::string name = argument.substr(0, argument.find('='));
            const std::vector<std::string> known = flags_of(*current);
            if (std::find(known.begin(), known.end(), name) != known.end()) continue;
            const std::string where = current == &app ? "caviar" : "caviar " + current->get_name();
            throw UsageError("'" + where + "' has no flag " + name + suggestion(name, known) + "\nSee " + where + " --help");
        }
        if (current == &app && argument.rfind('-', 0) != 0) {
            const auto named = app.get_subcommands([&](const CLI::App* sub) { return sub->get_name() == argument; });
            if (named.empty()) unknown_command(app, argument);
            current = named.front();
        }
    }
}

} // namespace caviar::cli
