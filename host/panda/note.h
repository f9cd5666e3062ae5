#pragma once
/// What a panda's study notes beside its branches: where the person was, and all that was done.

#include "caviar/study.h"

#include <string>
#include <vector>

namespace caviar::panda {

struct Note {
    TrialId branch = 0;               ///< in hand
    int32_t first_goal = 0, goal = 0; ///< epochs that `resume` trains until: as begun, and now
    std::string origin;               ///< e.g. "trial 17 of houses.db"; empty where it began with settings of its own
    std::vector<std::string> script;  ///< the commands that decided what the study holds, as parse_command reads them
};

/// Enters an epoch trained into the script: epochs that follow each other are one `run`.
void enter_epoch(std::vector<std::string>& script);

/// Throws RuntimeFailure where the study is no panda's.
Note read_note(const Study&);
void write_note(Study&, const Note&);

} // namespace caviar::panda
