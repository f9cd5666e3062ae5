#include "host/cli/command.h"
#include "host/cli/commands.h"
#include "host/cli/help.h"
#include "host/cli/spelling.h"
#include "host/report/text.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <memory>
#include <new>
#include <stdexcept>

namespace caviar::cli {

namespace {

int fail(Context& context, ExitCode code, const std::string& message) {
    context.err << report::coloured("error: ", report::Colour::red, context.err_color) << message << std::endl;
    return static_cast<int>(code);
}

std::string example_page() {
    return "caviar demo                               # handwritten digits, under a minute\n"
           "caviar sweep data.csv --target price      # tune networks on your own table\n"
           "caviar report data.db                     # what came of it, what mattered, what to do next\n"
           "caviar export data.db -o model.json       # keep the best one\n"
           "caviar predict model.json new.csv         # and use it";
}

/// "--top: 1 required N:INT in [0 - 1000] missing" as "--top: expects a value, N".
std::string readable(const std::string& message) {
    constexpr std::string_view required = " 1 required ";
    const size_t at = message.find(required);
    if (at == std::string::npos || !message.ends_with(" missing")) return message;
    const size_t name = at + required.size();
    return message.substr(0, at) + " expects a value, " + message.substr(name, message.find_first_of(": ", name) - name);
}

int parse_and_run(const std::vector<std::string>& arguments, Context& context) {
    CLI::App app("caviar trains thousands of small neural networks at once to find good hyperparameters.", "caviar");
    app.footer(example_page());
    app.formatter(std::make_shared<HelpPage>(context.width));
    app.set_version_flag("--version", std::string("caviar ") + CAVIAR_VERSION, "The program's version");
    app.set_help_flag("-h,--help", "This page");
    app.require_subcommand(1);
    add_commands(app, context);
    if (arguments.empty()) {
        context.out << app.help();
        return 0;
    }
    try {
        check_spelling(app, arguments);
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend())); // CLI11 takes them last first
    } catch (const CLI::CallForHelp&) {
        const auto used = app.get_subcommands(); // only the parsed ones
        context.out << (used.empty() ? app.help() : used.front()->help());
    } catch (const CLI::CallForVersion& version) {
        context.out << version.what() << '\n';
    } catch (const CLI::ParseError& error) {
        const auto used = app.get_subcommands();
        const std::string where = used.empty() ? "caviar" : "caviar " + used.front()->get_name();
        return fail(context, ExitCode::usage, where + ": " + readable(error.what()) + "\nSee " + where + " --help");
    }
    return 0;
}

} // namespace

int run(const std::vector<std::string>& arguments, Context& context) {
    int code = 0;
    try {
        code = parse_and_run(arguments, context);
    } catch (const Error& error) {
        if (error.code() == ExitCode::interrupted) {
            context.err << error.what() << std::endl;
            code = static_cast<int>(error.code());
        } else {
            code = fail(context, error.code(), error.what());
        }
    } catch (const std::bad_alloc&) {
        code = fail(context, ExitCode::no_device, "not enough memory; try fewer columns, smaller networks or a larger machine");
    } catch (const std::length_error&) { // more than any memory could hold
        code = fail(context, ExitCode::no_device, "not enough memory: a size beyond all bounds was asked for; try smaller networks or fewer columns");
    } catch (const std::exception& error) {
        code = fail(context, ExitCode::failure, error.what());
    }
    context.out.flush();
    if (!context.out && code == 0) code = fail(context, ExitCode::failure, "standard output could not be written; is the disk full?");
    return code;
}

void refuse_to_replace(const std::string& output, const std::vector<std::string>& inputs) {
    for (const std::string& input : inputs) {
        std::error_code error; // where one of them is not there, they are not the same
        if (std::filesystem::equivalent(output, input, error)) {
            throw UsageError(output + " would replace its own input" + (output == input ? "" : " " + input) + "; give another name");
        }
    }
}

std::vector<std::string> data_files(const SweepSettings& s) {
    return {s.data, s.valid_file, s.test_file, s.read.labels, s.valid_labels, s.test_labels};
}

std::string shell_word(const std::string& text) {
    const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_-./=:,+@%").find(c) != std::string_view::npos;
    });
    if (plain) return text;
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

void next(Context& context, const Suggestions& suggestions) {
    if (context.quiet || suggestions.empty()) return;
    constexpr int usual = 64; // one long command moves the others' purposes nowhere
    int widest = 0;
    for (const auto& [line, purpose] : suggestions)
        if (const int width = report::display_width(line); width <= usual) widest = std::max(widest, width);
    context.err << report::coloured("Next:", report::Colour::bold, context.err_color) << '\n';
    for (const auto& [line, purpose] : suggestions) {
        context.err << "  " << report::coloured(report::pad_right(line, widest), report::Colour::cyan, context.err_color);
        if (!purpose.empty()) context.err << "  " << report::coloured("# " + purpose, report::Colour::dim, context.err_color);
        context.err << '\n';
    }
    context.err.flush();
}

void warn(Context& context, const std::string& text) {
    context.err << report::coloured("warning: ", report::Colour::yellow, context.err_color) << text << std::endl;
}

void note(Context& context, const std::string& text) {
    if (!context.quiet) context.err << text << std::endl;
}

} // namespace caviar::cli
