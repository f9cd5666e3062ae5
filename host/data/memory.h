#pragma once
/// How much memory a table may take.

#include "caviar/table.h"

#include <cstdint>
#include <string>

namespace caviar::data {

/// Bytes this process can still get: what the kernel calls available, less where a limit (ulimit -v, a container) is nearer.
/// 64 GB where the system does not say.
int64_t free_memory();

/// What `options` allow, or half of what is free: training needs the features a second time.
int64_t memory_limit(const ReadOptions& options);

/// "1.8 GB"
std::string gigabytes(double bytes);

[[noreturn]] void fail_for_memory(const std::string& file, int64_t row, int64_t limit);

} // namespace caviar::data
