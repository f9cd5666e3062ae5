#pragma once
/// What a completion script needs to know of the commands, read off CLI11's description of them.

#include <CLI/CLI.hpp>

#include <string>
#include <utility>
#include <vector>

namespace caviar::cli {

/// What stands behind a flag, or as an argument.
struct Completed {
    enum class Kind {
        nothing, ///< a flag without a value
        text,    ///< a number or a text that nobody can guess
        file,
        folder,
        data,    ///< a file, or the name of built-in data
        words,   ///< one of `words`
        setting  ///< NAME=VALUE of a hyperparameter
    };
    Kind kind = Kind::nothing;
    std::vector<std::string> words;
};

struct CompletedFlag {
    std::vector<std::string> names; ///< as typed: "--target", "-t"
    std::string value_name, help;
    Completed value;
    bool repeats = false;           ///< may be given several times
};

struct CompletedCommand {
    std::string name, summary;
    std::vector<CompletedFlag> flags;
    std::vector<std::pair<std::string, Completed>> arguments; ///< by name, in order
};

std::vector<CompletedCommand> completed_commands(const CLI::App&);
/// Hyperparameters, each with the words it takes; none where it is a number.
std::vector<std::pair<std::string, std::vector<std::string>>> completed_hyperparameters();
std::string joined(const std::vector<std::string>&); ///< by spaces

} // namespace caviar::cli
