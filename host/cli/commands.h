#pragma once
/// All commands of the program, in the order of its help page.

#include "host/cli/command.h"

namespace caviar::cli {

void add_commands(CLI::App& app, Context& context);

} // namespace caviar::cli
