#include "host/cli/completion_facts.h"

#include "caviar/hyperparameters.h"
#include "caviar/preprocessing.h"
#include "host/cli/help.h"
#include "host/cli/settings.h"

#include <sstream>
#include <string_view>

namespace caviar::cli {

CLI::Validator offers(const std::vector<std::string>& words) { return {[](std::string&) { return std::string(); }, "one of " + joined(words)}; }

namespace {

/// What offers() put behind the name of its value.
std::vector<std::string> offered(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    constexpr std::string_view mark = ":one of ";
    const size_t at = type.find(mark);
    std::vector<std::string> words;
    if (at == std::string::npos) return words;
    std::istringstream text(type.substr(at + mark.size()));
    for (std::string word; text >> word;) words.push_back(word);
    return words;
}

Completed value_of(const CLI::Option& option, const std::vector<std::string>& names) {
    if (option.get_items_expected_max() == 0) return {Completed::Kind::nothing, {}};
    const std::string type = value_name(option);
    if (type == "FILE" || type == "MODEL" || type == "STUDIES") return {Completed::Kind::file, {}};
    if (type == "DIR") return {Completed::Kind::folder, {}};
    if (type == "NAME=HOW" || type == "NAME=VALUE") return {Completed::Kind::setting, {}};
    for (const Setting& setting : settings()) {
        const std::string flag = std::string(setting.flag) + ',';
        if (type != setting.placeholder || flag.find(names.front() + ',') == std::string::npos) continue;
        if (auto words = words_of(setting); !words.empty()) return {Completed::Kind::words, std::move(words)};
    }
    if (auto words = offered(option); !words.empty()) return {Completed::Kind::words, std::move(words)};
    return {Completed::Kind::text, {}};
}

Completed argument_of(const std::string& name) {
    if (name == "SHELL") return {Completed::Kind::words, {"bash", "zsh"}};
    return {name == "DATA" ? Completed::Kind::data : Completed::Kind::file, {}};
}

CompletedCommand facts_of(const CLI::App& app) {
    CompletedCommand command{app.get_name(), app.get_description(), {}, {}};
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional()) {
            command.arguments.emplace_back(option->get_name(true), argument_of(option->get_name(true)));
            continue;
        }
        if (option->get_group().empty()) continue; // hidden
        CompletedFlag flag;
        for (const std::string& name : option->get_lnames()) flag.names.push_back("--" + name);
        for (const std::string& name : option->get_snames()) flag.names.push_back("-" + name);
        flag.help = option->get_description();
        flag.value_name = value_name(*option);
        flag.value = value_of(*option, flag.names);
        flag.repeats = option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll && flag.value.kind == Completed::Kind::setting;
        command.flags.push_back(std::move(flag));
    }
    return command;
}

} // namespace

std::vector<CompletedCommand> completed_commands(const CLI::App& app) {
    std::vector<CompletedCommand> commands;
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) commands.push_back(facts_of(*sub));
    return commands;
}

std::vector<std::pair<std::string, std::vector<std::string>>> completed_hyperparameters() {
    std::vector<std::pair<std::string, std::vector<std::string>>> list;
    for (const Field& field : fields()) list.emplace_back(field.name, std::vector<std::string>(field.choices.begin(), field.choices.end()));
    return list;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

} // namespace caviar::cli
