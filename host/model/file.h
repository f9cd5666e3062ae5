#pragma once
/// Whole files: read with a check of what they are, written so that a reader sees the old file or the new one, never half.

#include <string>
#include <string_view>

namespace caviar::model {

/// The bytes of a regular file. Throws DataError: missing, unreadable, a folder or a device, changed while read.
std::string read_file(const std::string& path);

/// Writes a temporary file in the same folder, syncs it to disk and renames it over `path`, which follows symbolic links and
/// keeps an existing file's permissions. Throws RuntimeFailure and leaves an existing file as it was where anything fails.
void write_file(const std::string& path, std::string_view bytes);

} // namespace caviar::model
