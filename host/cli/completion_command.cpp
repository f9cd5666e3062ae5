#include "host/cli/command.h"

#include "host/cli/completion.h"

#include <memory>
#include <string>

namespace caviar::cli {

void add_completion(CLI::App& app, Context& context) {
    auto shell = std::make_shared<std::string>();
    CLI::App* sub = command(app, "completion", "Print what lets a shell complete commands, flags and their values",
                            "source <(caviar completion bash)                   # in ~/.bashrc: for all shells to come\n"
                            "source <(caviar completion zsh)                    # in ~/.zshrc, after compinit\n"
                            "caviar completion zsh > ~/.zfunc/_caviar           # or in a folder of zsh's fpath");
    sub->add_option("SHELL", *shell, "bash or zsh")->required();
    sub->callback([shell, &app, &context] {
        if (*shell != "bash" && *shell != "zsh") throw UsageError("completion: '" + *shell + "' is no shell known here; allowed: bash, zsh");
        context.out << (*shell == "bash" ? bash_completion(app) : zsh_completion(app));
    });
}

} // namespace caviar::cli
