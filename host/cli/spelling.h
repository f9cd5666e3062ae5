#pragma once
/// Looks over the words of a command line before they are parsed, so that a misspelt command or flag is named as such.

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace caviar::cli {

/// Throws UsageError for a word that should be a command and is none, and for a flag that its command does not have,
/// with "did you mean" where something similar exists.
void check_spelling(const CLI::App& app, const std::vector<std::string>& arguments);

/// "; did you mean 'X'?" for the nearest of `known`, or nothing.
std::string suggestion(const std::string& name, const std::vector<std::string>& known);

} // namespace caviar::cli
