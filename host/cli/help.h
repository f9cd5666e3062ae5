#pragma once
/// The help pages: what the command is, examples, usage, then the flags in groups.

#include <CLI/CLI.hpp>

#include <string>

namespace caviar::cli {

/// Takes the examples from the app's footer (where `command()` puts them) and shows them before everything else.
class HelpPage : public CLI::FormatterBase {
public:
    explicit HelpPage(int width) : width_(width) {}
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const override;

private:
    int width_;
};

/// What a flag's value is called on the help page, "FILE"; empty where it takes none. CLI11 adds the type and range that it checks after a colon.
std::string value_name(const CLI::Option&);

} // namespace caviar::cli
