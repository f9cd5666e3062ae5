#include "host/cli/completion.h"

#include "caviar/preprocessing.h"
#include "host/cli/completion_facts.h"

#include <string_view>

namespace caviar::cli {

namespace {

/// In single quotes; characters of `special` with a backslash, which _arguments and _describe take away again.
std::string quoted(const std::string& text, std::string_view special) {
    std::string result;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) result += '\\';
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return result;
}

/// The action of _arguments for such a value.
std::string action(const Completed& value) {
    switch (value.kind) {
    case Completed::Kind::words: return "(" + joined(value.words) + ")";
    case Completed::Kind::file: return "_files";
    case Completed::Kind::folder: return "_files -/";
    case Completed::Kind::data: return "_caviar_data";
    case Completed::Kind::setting: return "_caviar_setting";
    case Completed::Kind::nothing:
    case Completed::Kind::text: break;
    }
    return " "; // nothing to offer
}

std::string specification(const CompletedFlag& flag, const std::string& name) {
    std::string others;
    for (const std::string& each : flag.names) others += (others.empty() ? "" : " ") + each;
    const bool value = flag.value.kind != Completed::Kind::nothing, is_long = name.starts_with("--");
    std::string text = flag.repeats ? "*" : "(" + others + ")";
    text += name + (value && is_long ? "=" : "") + "[" + quoted(flag.help, "[]\\") + "]";
    if (value) text += ":" + quoted(flag.value_name, ":\\") + ":" + action(flag.value);
    return "            '" + text + "' \\\n";
}

std::string branch(const CompletedCommand& command) {
    std::string text = "    " + command.name + ")\n        _arguments -s \\\n";
    for (const CompletedFlag& flag : command.flags)
        for (const std::string& name : flag.names) text += specification(flag, name);
    for (size_t i = 0; i < command.arguments.size(); ++i) {
        const auto& [name, value] = command.arguments[i];
        text += "            '" + std::to_string(i + 1) + ":" + quoted(name, ":\\") + ":" + action(value) + "' \\\n";
    }
    return text + "            && return ;;\n";
}

std::string setting_function() {
    std::string names, cases;
    for (const auto& [name, words] : completed_hyperparameters()) {
        names += ' ' + name;
        if (!words.empty()) cases += "        *" + name + "=) compadd -- " + joined(words) + " ;;\n";
    }
    return "_caviar_setting() {\n    if compset -P '*='; then\n        case $IPREFIX in\n" + cases + "        esac\n    else\n        compadd -S= --" + names + "\n    fi\n}\n";
}

} // namespace

std::string zsh_completion(const CLI::App& app) {
    std::string text = "#compdef caviar\n# zsh completion for caviar, made by `caviar completion zsh`\n";
    text += "_caviar_data() {\n    _alternative 'built-in:built in:(" + joined(builtin_names()) + ")' 'files:file:_files'\n}\n" + setting_function();
    text += "_caviar() {\n    local -a commands=(\n";
    std::string branches;
    for (const CompletedCommand& command : completed_commands(app)) {
        text += "        '" + command.name + ":" + quoted(command.summary, "\\") + "'\n";
        branches += branch(command);
    }
    text += "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n"
            "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command in\n" + branches + "    esac\n}\n";
    return text + "if [[ $funcstack[1] == _caviar ]]; then _caviar \"$@\"; else compdef _caviar caviar; fi\n"; // from fpath, or sourced
}

} // namespace caviar::cli
