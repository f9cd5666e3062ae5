#pragma once
/// A study of Optuna's as a search takes it over.

#include "caviar/sampler.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace caviar::exchange {

/// A file and, after a '#', the name of a study in it: "FILE" or "FILE#NAME".
struct OptunaPlace {
    std::string file, study;
};

/// Is it a database of Optuna's? The place is then what the text says; a file whose name has a '#' goes before a study's name.
/// Throws UsageError for a journal of Optuna's.
bool is_optuna(const std::string& text, OptunaPlace&);

struct OptunaPrecedent {
    Precedent precedent;
    std::set<std::string> parameters; ///< theirs
    std::vector<std::string> notes;   ///< what was taken over, what could not be, and why
};

/// The best complete trials, at most 10,000, with their parameters under our names (parameter_names.h). What varies in the space and is no parameter
/// of theirs is spread evenly over its range, by points of a Sobol sequence, so that nothing is read into it. A trial with a value that is not
/// allowed here is left out.
/// Throws RuntimeFailure where no trial is complete, the study has several objectives, or none of its parameters is one of ours; UsageError where
/// several studies are in the file and none is named, or two parameters of a trial are the same
/// hyperparameter.
OptunaPrecedent optuna_precedent(const OptunaPlace&, const SearchSpace&, const Hyperparameters& defaults, uint64_t seed, const std::vector<std::string>& map);

} // namespace caviar::exchange
