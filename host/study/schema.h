#pragma once
/// The tables of a study, and the making and opening of its file.

#include "caviar/study.h"
#include "host/study/sqlite.h"

#include <memory>
#include <string>
#include <vector>

namespace caviar::study {

/// What `PRAGMA application_id` says of a study ("CAVR"), and the version of its tables (`PRAGMA user_version`).
inline constexpr int32_t application_id = 0x43415652;
inline constexpr int32_t schema_version = 1;

/// Makes the file of a new study at `path`, which must not be there. It appears all at once: a process killed before the end
/// leaves no study, and nothing that hinders the next attempt. The caller holds the writer's lock.
void create_file(const std::string& path, const StudyHeader&);

/// Throws RuntimeFailure where there is no file at `path`, naming what there is.
void require_file(const std::string& path);

/// Does the file begin like a study's? Never throws.
bool is_study(const std::string& path);

/// Opens for writing (the caller holds the writer's lock). Throws RuntimeFailure where there is no study of a known version.
std::unique_ptr<Database> open_to_write(const std::string& path);
/// Opens for reading, also on a read-only disk.
std::unique_ptr<Database> open_to_read(const std::string& path);

StudyHeader read_header(const Database&);

/// The hyperparameters that have a column in `trials`, in the order in which they were added.
std::vector<std::string> parameter_columns(const Database&);

} // namespace caviar::study
