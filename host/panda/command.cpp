#include "host/panda/command.h"

#include "caviar/error.h"
#include "caviar/hyperparameters.h"
#include "host/core/names.h"
#include "host/report/text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace caviar::panda {

namespace {

struct Entry {
    std::string_view name, usage, help;
    Verb verb;
};

constexpr std::array<Entry, 14> entries = {{
    {"run", "run N", "train N epochs, then pause", Verb::run},
    {"resume", "resume", "train on to the goal (--epochs, or set epochs N)", Verb::resume},
    {"pause", "pause", "after the epoch that is under way", Verb::pause},
    {"set", "set NAME VALUE", "change a hyperparameter from the next epoch on: set learning_rate 0.01", Verb::set},
    {"rewind", "rewind N", "N epochs back (rewind to 12: to epoch 12), with the settings of then, as a new branch", Verb::rewind},
    {"branch", "branch", "go on with a copy; this one stays as it is", Verb::branch},
    {"switch", "switch ID", "go on with another branch", Verb::switch_to},
    {"compare", "compare", "the branches side by side", Verb::compare},
    {"tree", "tree", "which branch came from which, and what was changed when", Verb::tree},
    {"status", "status", "how the model does, and its settings", Verb::status},
    {"history", "history", "all that was done, as a script that does it again", Verb::history},
    {"save", "save [FILE]", "the net of this branch's best epoch as .safetensors, .npz or .json", Verb::save},
    {"help", "help", "this list", Verb::help},
    {"quit", "quit", "save and leave; caviar panda STUDY goes on", Verb::quit},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> other_names = {
    {{"continue", "resume"}, {"stop", "pause"}, {"undo", "rewind"}, {"checkout", "switch"}, {"exit", "quit"}, {"train", "run"}}};

/// Words apart by spaces or `=`.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    bool inside = false;
    for (const char c : text) {
        const bool space = c == ' ' || c == '\t' || c == '\r' || c == '=';
        if (!space && !inside) words.emplace_back();
        if (!space) words.back() += c;
        inside = !space;
    }
    return words;
}

std::string_view trimmed(std::string_view text) {
    const size_t begin = text.find_first_not_of(" \t\r");
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

const Entry& entry_of(const std::string& word) {
    std::vector<std::string_view> names;
    for (const Entry& entry : entries) {
        if (entry.name == word) return entry;
        names.push_back(entry.name);
    }
    std::string hint = core::suggestion(word, names);
    for (const auto& [other, ours] : other_names)
        if (other == word) hint = ", did you mean \"" + std::string(ours) + "\"?";
    throw UsageError("there is no command \"" + report::printable(word.substr(0, 40)) + "\"" + hint +
                     " Commands: " + core::listed(names));
}

[[noreturn]] void wrong(const Entry& entry, const std::string& what) {
    throw UsageError(std::string(entry.name) + ": " + what + "; it is written: " + std::string(entry.usage));
}

int64_t number_of(const Entry& entry, const std::string& word, int64_t least) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size() || number < least || number > 1'000'000)
        wrong(entry, "a whole number from " + std::to_string(least) + " to 1000000 is wanted, not \"" +
                         report::printable(word.substr(0, 40)) + "\"");
    return number;
}

} // namespace

std::optional<Command> parse_command(std::string_view line) {
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) return {};
    const std::vector<std::string> words = words_of(line);
    const Entry& entry = entry_of(words.empty() ? std::string(line) : words[0]);
    const size_t given = words.size() - 1;
    Command command;
    command.verb = entry.verb;
    switch (entry.verb) {
    case Verb::run:
    case Verb::switch_to:
        if (given != 1) wrong(entry, "one number is wanted");
        command.number = number_of(entry, words[1], entry.verb == Verb::run ? 1 : 0);
        break;
    case Verb::rewind:
        command.to = given == 2 && words[1] == "to";
        if (given != 1 && !command.to) wrong(entry, "one number is wanted");
        command.number = number_of(entry, words.back(), command.to ? 0 : 1);
        break;
    case Verb::set:
        if (given == 0 || given % 2 != 0) wrong(entry, "names, each with a value, are wanted");
        for (size_t i = 1; i < words.size(); i += 2) command.settings.emplace_back(words[i], words[i + 1]);
        break;
    case Verb::save: command.file = trimmed(line.substr(words[0].size())); break;
    default:
        if (given != 0) wrong(entry, "nothing is wanted behind it");
    }
    return command;
}

bool answers(Verb verb) {
    return verb == Verb::compare || verb == Verb::tree || verb == Verb::status || verb == Verb::history || verb == Verb::help;
}

std::string command_help() {
    std::string text;
    for (const Entry& entry : entries) text += report::pad_right(std::string(entry.usage), 16) + std::string(entry.help) + '\n';
    return text;
}

} // namespace caviar::panda
