#include "host/cli/help.h"

#include "host/cli/command.h"
#include "host/report/text.h"

#include <algorithm>
#include <sstream>
#include <vector>

namespace caviar::cli {

namespace {

constexpr int indent = 2;

/// A term and its explanation in two columns; a long term has the first line for itself.
std::string entry(const std::string& term, const std::string& text, int column, int width) {
    std::string line = std::string(indent, ' ') + term;
    if (text.empty()) return line + '\n';
    if (report::display_width(line) + 2 > column) {
        line += '\n' + std::string(static_cast<size_t>(column), ' ');
    } else {
        line = report::pad_right(line, column);
    }
    return line + report::wrap(text, column, width) + '\n';
}

std::string term(const CLI::Option& option) {
    if (option.get_positional()) return option.get_name(true);
    std::string names;
    for (const std::string& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
    for (const std::string& name : option.get_lnames()) {
        // a flag with its opposite ("--header,!--no-header") lists both
        names += (names.empty() ? "--" : ", --") + name;
    }
    if (const std::string value = value_name(option); !value.empty()) names += ' ' + value;
    return names;
}

std::string usage(const CLI::App& app, const std::string& name) {
    std::string line = "Usage: " + name;
    if (!app.get_subcommands([](const CLI::App*) { return true; }).empty()) return line + " COMMAND [FLAGS]\n";
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_positional()) continue;
        line += option->get_required() ? ' ' + option->get_name(true) : " [" + option->get_name(true) + ']';
    }
    return line + " [FLAGS]\n";
}

std::string subcommands(const CLI::App& app, int width) {
    std::string text = "\nCommands:\n";
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        text += entry(sub->get_name(), sub->get_description(), 14, width);
    }
    return text;
}

} // namespace

std::string value_name(const CLI::Option& option) {
    if (option.get_items_expected_max() == 0) return {};
    const std::string type = option.get_type_name();
    return type.substr(0, type.find(':'));
}

std::string HelpPage::make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const {
    const CLI::App* parent = app->get_parent();
    const std::string name = parent == nullptr ? "caviar" : "caviar " + app->get_name();
    const int width = std::clamp(width_, 40, 110);
    const int column = std::min(28, width / 2);

    std::string text = report::wrap(app->get_description(), 0, width) + "\n\nExamples:\n";
    std::istringstream examples(app->get_footer());
    for (std::string line; std::getline(examples, line);) text += std::string(indent, ' ') + line + '\n';
    text += '\n' + usage(*app, name);
    if (parent == nullptr) text += subcommands(*app, width);

    std::vector<std::string> groups;
    bool titled = false;
    for (const CLI::Option* option : app->get_options()) {
        if (option->get_positional()) {
            if (!titled) text += "\nArguments:\n";
            titled = true;
            text += entry(term(*option), option->get_description(), column, width);
            continue;
        }
        if (std::find(groups.begin(), groups.end(), option->get_group()) == groups.end()) groups.push_back(option->get_group());
    }
    // General flags ("Options", CLI11's name for no group) come last.
    std::stable_partition(groups.begin(), groups.end(), [](const std::string& group) { return group != "Options"; });
    for (const std::string& group : groups) {
        if (group.empty()) continue; // hidden
        text += '\n' + (group == "Options" ? std::string("Other flags") : group) + ":\n";
        for (const CLI::Option* option : app->get_options()) {
            if (option->get_group() == group && !option->get_positional()) text += entry(term(*option), option->get_description(), column, width);
        }
    }
    if (parent == nullptr) {
        text += "\nExit codes: 0 fine, 1 run-time failure, 2 usage, 3 bad data, 4 no usable GPU or not enough memory,\n"
                "130 interrupted with everything finished so far saved.\n"
                "'caviar COMMAND --help' explains one command.\n";
    }
    return text;
}

CLI::App* command(CLI::App& app, const std::string& name, const std::string& summary, const std::string& examples) {
    CLI::App* sub = app.add_subcommand(name, summary);
    sub->footer(examples);
    sub->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    return sub;
}

} // namespace caviar::cli
