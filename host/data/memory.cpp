#include "host/data/memory.h"

#include "caviar/error.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace caviar::data {
namespace {

/// The first number after `key` in a file of the kernel's; `key` may be empty.
std::optional<int64_t> number_in(const char* path, const std::string& key) {
    std::ifstream file(path);
    std::string word;
    if (!key.empty())
        while (file >> word && word != key) {}
    int64_t number = 0;
    if (file >> number) return number;
    return std::nullopt;
}

} // namespace

int64_t free_memory() {
    int64_t free = int64_t{64} << 30;
    if (const auto kibibytes = number_in("/proc/meminfo", "MemAvailable:")) free = *kibibytes * 1024;
    // A container's own limit (cgroup v2); where there is none the file says "max", which is no number.
    const auto most = number_in("/sys/fs/cgroup/memory.max", ""), used = number_in("/sys/fs/cgroup/memory.current", "");
    if (most && used) free = std::min(free, *most - *used);
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        const int64_t taken = number_in("/proc/self/statm", "").value_or(0) * 4096;
        free = std::min(free, static_cast<int64_t>(limit.rlim_cur) - taken);
    }
    return std::max<int64_t>(free, 0);
}

int64_t memory_limit(const ReadOptions& options) { return options.max_memory > 0 ? options.max_memory : free_memory() / 2; }

void give_back(void* from, size_t bytes) {
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    const auto at = reinterpret_cast<uintptr_t>(from), first = (at + page - 1) / page * page, end = (at + bytes) / page * page;
    if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED); // where it can't, memory stays until it is freed
}

std::string gigabytes(double bytes) {
    const auto tenths = static_cast<int64_t>(bytes / 1e8);
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

void fail_for_memory(const std::string& file, int64_t row, int64_t limit) {
    throw DataError(file, row, 0, "the table takes more than the limit of " + std::to_string(limit >> 20) +
                                      " MB of memory (half of what is free); give fewer rows or columns, or use a machine with more");
}

} // namespace caviar::data
