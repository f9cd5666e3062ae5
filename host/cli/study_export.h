#pragma once
/// `caviar export` of a whole study, for other programs.

#include "host/cli/command.h"

#include <cstdint>
#include <optional>
#include <string>

namespace caviar::cli {

struct StudyExport {
    std::string optuna, tensorboard; ///< where to; empty: not wanted
    std::optional<int64_t> top, sample;
    bool wanted() const { return !optuna.empty() || !tensorboard.empty(); }
};

void add_study_export_flags(CLI::App& sub, StudyExport&);
/// Throws UsageError for names and flags that do not fit, RuntimeFailure where a file cannot be written or is there.
void export_study(Context&, const std::string& study, const StudyExport&);

} // namespace caviar::cli
