#include "host/cli/completion.h"

#include "caviar/preprocessing.h"
#include "host/cli/completion_facts.h"

namespace caviar::cli {

namespace {

// Readline splits at '=' and gives it a place of its own in COMP_WORDS.
constexpr const char* head = R"sh(# bash completion for caviar, made by `caviar completion bash`
_caviar() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command='' key='' words='' files=no
    if [[ $word == = ]]; then
        word=''
        [[ $before == -* ]] || key=$before
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD-2]}
        [[ $before == -* ]] || key=$before
    fi
    COMPREPLY=()
    if ((COMP_CWORD > 1)); then command=${COMP_WORDS[1]}; fi
)sh";

constexpr const char* tail = R"sh(    if [[ -z $words && $files == no && $word == -* ]]; then words=$flags; fi
    [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    if [[ $files != no ]]; then
        local -a found
        local kind=-f
        [[ $files == yes ]] || kind=-d
        mapfile -t found < <(compgen $kind -- "$word")
        COMPREPLY+=("${found[@]}")
        compopt -o filenames 2>/dev/null
    fi
}
complete -F _caviar caviar
)sh";

/// What sets `words` and `files` for such a value.
std::string offer(const Completed& value) {
    switch (value.kind) {
    case Completed::Kind::words: return "words='" + joined(value.words) + "'";
    case Completed::Kind::file: return "files=yes";
    case Completed::Kind::folder: return "files=folders";
    case Completed::Kind::data: return "files=yes words='" + joined(builtin_names()) + "'";
    case Completed::Kind::setting: {
        std::string names;
        for (const auto& [name, words] : completed_hyperparameters()) names += (names.empty() ? "" : " ") + name + '=';
        return "words='" + names + "'; compopt -o nospace 2>/dev/null";
    }
    case Completed::Kind::nothing:
    case Completed::Kind::text: break;
    }
    return "return";
}

/// The branch of one command: its flags, and by the flag before what its value may be; else the argument.
std::string branch(const CompletedCommand& command) {
    std::string all, cases;
    for (const CompletedFlag& flag : command.flags) {
        std::string pattern;
        for (const std::string& name : flag.names) {
            all += (all.empty() ? "" : " ") + name;
            pattern += (pattern.empty() ? "" : "|") + name;
        }
        if (flag.value.kind != Completed::Kind::nothing) cases += "        " + pattern + ") " + offer(flag.value) + " ;;\n";
    }
    std::string text = "    " + command.name + ")\n        local flags='" + all + "'\n        case $before in\n" + cases;
    // Those of a command are alike enough to be offered at any place.
    if (!command.arguments.empty()) text += "        *) [[ $word == -* ]] || { " + offer(command.arguments.back().second) + "; } ;;\n";
    return text + "        esac ;;\n";
}

} // namespace

std::string bash_completion(const CLI::App& app) {
    const auto commands = completed_commands(app);
    std::string names, text = head;
    for (const CompletedCommand& command : commands) names += command.name + ' ';
    text += "    if [[ -n $key ]]; then\n        case $key in\n"; // the words of a hyperparameter, after --set NAME=
    for (const auto& [name, words] : completed_hyperparameters())
        if (!words.empty()) text += "        " + name + ") words='" + joined(words) + "' ;;\n";
    text += "        esac\n        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n        return\n    fi\n";
    text += "    local flags='--help --version'\n    case $command in\n    '') words='" + names + "--help --version' ;;\n";
    for (const CompletedCommand& command : commands) text += branch(command);
    return text + "    esac\n" + tail;
}

} // namespace caviar::cli
