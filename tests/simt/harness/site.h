#pragma once
/// Where in the source a barrier stands: what a mutation test drops by.

#include <cstring>
#include <string>

namespace caviar::simt {

struct Site {
    const char* file = "";
    unsigned line = 0;

    /// As a default argument, the place of the call: `void sync(Site site = Site::here())`.
    static constexpr Site here(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) { return {file, line}; }

    friend bool operator==(const Site& a, const Site& b) {
        return a.line == b.line && (a.file == b.file || std::strcmp(a.file, b.file) == 0);
    }

    /// "file.cuh:12", without the folders.
    std::string text() const {
        const char* slash = std::strrchr(file, '/');
        return std::string(slash ? slash + 1 : file) + ":" + std::to_string(line);
    }
};

} // namespace caviar::simt
