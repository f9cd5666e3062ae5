#pragma once
/// One writer at a time: a lock held for as long as the study is open, gone with its process however that ends.

#include <string>

namespace caviar::study {

/// Holds flock(2) on "PATH-lock". A file of its own, because closing any descriptor of the study itself would drop the locks
/// that SQLite holds on it in this process (POSIX record locks belong to the process, not to the descriptor).
class WriterLock {
public:
    /// Throws RuntimeFailure at once where another holds it (in this process too), or the folder cannot be written.
    explicit WriterLock(const std::string& path);
    ~WriterLock();
    WriterLock(const WriterLock&) = delete;
    WriterLock& operator=(const WriterLock&) = delete;

private:
    std::string lock_path_;
    int descriptor_ = -1;
};

} // namespace caviar::study
