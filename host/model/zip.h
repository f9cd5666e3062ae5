#pragma once
/// Zip archives in memory, as far as .npz needs them (PKWARE APPNOTE.TXT 6.3): written without compression, read stored or
/// deflated. No encryption, no zip64, no archive in parts.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caviar::model {

/// Members in the order given; equal members give equal bytes (the time stamps are all 1980-01-01). Throws UsageError where
/// the archive would pass 4 GiB.
std::string write_zip(const std::vector<std::pair<std::string, std::string>>& members);

/// Name -> bytes. Throws DataError naming the file and the member: cut short, overlapping, a wrong checksum, an unknown
/// method, a name twice. All members together may unpack to 64 MiB plus 32 times the archive, and no more.
std::map<std::string, std::string> read_zip(std::string_view bytes, const std::string& file);

inline bool looks_like_zip(std::string_view bytes) { return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06"); }

} // namespace caviar::model
