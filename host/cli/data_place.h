#pragma once
/// Where the data of a command lie, and those of a study, which may have moved since.

#include "host/cli/command.h"

#include "caviar/sweep.h"

#include <string>

namespace caviar::cli {

/// Throws DataError where `data` is neither built in nor a file, with "did you mean" for a built-in name or a neighbouring file;
/// UsageError for a pipe or a device, which cannot be read again, and for a study's arrays (host/study/in_memory.h).
void require_data(const std::string& data, const std::string& hint = {});

/// A study's data, where it says they are; where that is a relative path that leads nowhere from the current folder, from the study's own
/// folder, as files that belong together move together. Built-in names stay as they are.
std::string data_of(const Study&, const SweepSettings&);

/// The data of a study: see data_of, or under `elsewhere` where that is not empty. Files of labels, validation and test rows that
/// are gone are looked for beside the data. The settings name what was read; `context`: it is said where that was not found at once.
/// Throws DataError with a hint at --data where the file is gone, UsageError where there was none (host/study/in_memory.h).
Prepared load_again(const Study&, SweepSettings&, const std::string& elsewhere, Context* context = nullptr);

} // namespace caviar::cli
