#pragma once
/// What is written takes its name only once it is complete.

#include <string>

namespace caviar::exchange {

/// A file or folder that is made beside its name. What was there under that name is never replaced: it may hold the studies of others.
class Draft {
public:
    /// Throws RuntimeFailure where something has that name already.
    explicit Draft(const std::string& path);
    /// Removes what was not kept.
    ~Draft();
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    /// Where to write meanwhile; nothing is there yet.
    const std::string& path() const { return draft_; }
    /// Gives it its name. A file is on the disk by then. Throws RuntimeFailure.
    void keep();

private:
    std::string path_, draft_;
};

} // namespace caviar::exchange
