#pragma once
/// What a person may say to a model while it trains: one command a line. A `#` begins a comment.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caviar::panda {

enum class Verb : uint8_t {
    run,
    resume,
    pause,
    set,
    rewind,
    branch,
    switch_to,
    compare,
    tree,
    status,
    history,
    save,
    help,
    quit
};

struct Command {
    Verb verb = Verb::help;
    int64_t number = 0; ///< run: epochs; rewind: the epoch, or how many back; switch_to: the branch
    bool to = false;    ///< rewind: `number` is the epoch to go back to
    std::vector<std::pair<std::string, std::string>> settings; ///< set: names and values as written
    std::string file;                                          ///< save: empty where none was named
};

/// Reads a line; empty for a blank one or a comment. Throws UsageError that says how the command is written, with "did you mean"
/// for an unknown one.
std::optional<Command> parse_command(std::string_view line);

/// Does the command answer with data, rather than with a message?
bool answers(Verb);

/// One line a command: how it is written and what it does.
std::string command_help();

} // namespace caviar::panda
