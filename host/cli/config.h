#pragma once
/// Settings as a TOML file, with the sections [data], [space], [search] and [train]:
///
///     [data]
///     path = "adult.csv"             # or the name of a built-in data set
///     target = "income"
///     [space]
///     only = true                    # nothing but what follows varies; else it is laid over the default space
///     learning_rate = "log(1e-4, 1)"
///     optimizer = "choice(momentum, adam, adam)"   # adam twice as likely
///     momentum = { dist = "beta(0.9, 0.999)", when = "optimizer=momentum" }
///     layers = 2                     # held
///     [search]
///     trials = 500
///     [train]
///     metric = "auc"
///     epochs = 30                    # any hyperparameter: held, as by --set
///
/// Parameters keep the order of the file. File names in it are relative to the current folder.

#include "host/cli/request.h"

#include <string>
#include <utility>
#include <vector>

namespace caviar::cli {

/// Lays what the text says over the request. Throws UsageError "NAME:LINE:COLUMN: ...". Bounded in memory and depth.
void read_config(const std::string& text, const std::string& name, Request&);
/// The same from a file, or from a sweep's study: then all its settings, as if they had been the defaults. Throws UsageError where it cannot be
/// read, is longer than a megabyte, or is the study of a babysat model.
void read_config_file(const std::string& path, Request&);

/// One line of a settings file.
struct ConfigLine {
    std::string section, key, value; ///< value as TOML
};
/// Resolved settings, all of them. Reading them back and resolving gives equal settings.
std::vector<ConfigLine> config_lines(const SweepSettings&, const EngineOptions&);
std::string to_toml(const std::vector<ConfigLine>&);

/// What two lists disagree on, "key: this is A, that is B" each; the engine's keys and file names do not count.
std::vector<std::string> differences(const SweepSettings& study, const SweepSettings& asked);

} // namespace caviar::cli
