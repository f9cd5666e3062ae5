#pragma once
/// Completion scripts for shells, made from the description of the commands that the help pages are made from.

#include <CLI/CLI.hpp>

#include <string>

namespace caviar::cli {

/// To be sourced by bash 4.4 or newer.
std::string bash_completion(const CLI::App&);
/// To be sourced by zsh, or a file `_caviar` in its fpath.
std::string zsh_completion(const CLI::App&);

} // namespace caviar::cli
