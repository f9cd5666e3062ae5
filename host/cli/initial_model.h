#pragma once
/// Models as a command is given them: a file of its own, or a study, whose best trial's it is.

#include "caviar/model.h"
#include "host/cli/request.h"

#include <string>

namespace caviar::cli {

/// A file that `caviar export` wrote, or a study, whose best it is: then its data must still be there, as its preprocessing was fitted to them;
/// `data` says where they are, if not where the study says. Throws DataError or RuntimeFailure.
Model read_model(const std::string& path, const std::string& data = {});

/// The best trial of a study with the weights it has.
Model best_model(const Study&, const std::string& data = {});

/// Loads what --init names into the settings, unless it is there already, and lets it decide what it decides (begin_with). Words for missing
/// values are the model's where none are given.
void load_initial(SweepSettings&);

/// What is said of the hyperparameters that the model decides: no more than it decides itself (as --print-config prints it), else UsageError.
std::vector<SpaceEntry> without_fixed(const std::vector<SpaceEntry>&, const SweepSettings&);

/// Where the model is the winner of a study of the same data: a warning that rows which trained or chose it measure it now; else empty.
std::string familiar_rows(const SweepSettings&);

/// In a line, for a person.
std::string initial_note(const Initial&);

} // namespace caviar::cli
