#pragma once
/// How much memory a table may take, and how it goes back early.

#include "caviar/table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace caviar::data {

/// Bytes this process can still get: what the kernel calls available, less where a limit (ulimit -v, a container) is nearer.
/// 64 GB where the system does not say.
int64_t free_memory();

/// What `options` allow, or half of what is free: training needs the features a second time.
int64_t memory_limit(const ReadOptions& options);

/// Whole pages of [from, from + bytes) go back to the system. What stood there is lost; the owner keeps the addresses, and frees them as ever.
void give_back(void* from, size_t bytes);
/// The same of elements [from, end), of those that there are.
template <class T> void give_back(std::vector<T>& values, size_t from, size_t end) {
    end = std::min(end, values.size());
    if (from < end) give_back(values.data() + from, (end - from) * sizeof(T));
}

/// "1.8 GB"
std::string gigabytes(double bytes);

[[noreturn]] void fail_for_memory(const std::string& file, int64_t row, int64_t limit);

} // namespace caviar::data
