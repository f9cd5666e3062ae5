#include "host/study/lock.h"

#include "caviar/error.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace caviar::study {

namespace {

// Who holds it, for the message only: the lock decides, not what is written in the file.
std::string holder(int descriptor) {
    char text[32] = {};
    const auto got = ::pread(descriptor, text, sizeof text - 1, 0);
    size_t digits = 0;
    while (got > 0 && digits < static_cast<size_t>(got) && text[digits] >= '0' && text[digits] <= '9') ++digits;
    return digits ? "process " + std::string(text, digits) : "another process";
}

// Empty, or the number of a process that was killed: all that is ever written there.
bool is_lock(int descriptor) {
    struct stat s {};
    if (::fstat(descriptor, &s) != 0 || !S_ISREG(s.st_mode) || s.st_size > 20) return false;
    char text[21] = {};
    const auto got = ::pread(descriptor, text, sizeof text - 1, 0);
    return got >= 0 && std::string_view(text, static_cast<size_t>(got)).find_first_not_of("0123456789\n") == std::string_view::npos;
}

// Between our open and our lock the last holder may have removed the file: then the lock is on nothing, and counts for nothing.
bool still_there(int descriptor, const std::string& path) {
    struct stat ours {}, there {};
    return ::fstat(descriptor, &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
           ours.st_dev == there.st_dev;
}

// Beside the file itself: two links to one study are one study.
std::string beside(const std::string& path) {
    std::error_code error;
    const auto real = std::filesystem::weakly_canonical(path, error);
    return (error ? path : real.string()) + "-lock";
}

} // namespace

WriterLock::WriterLock(const std::string& path) : lock_path_(beside(path)) {
    for (;;) {
        descriptor_ = ::open(lock_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (descriptor_ < 0) {
            const int number = errno;
            if (number == ENOSPC || number == EDQUOT) throw RuntimeFailure(path + ": the disk is full; free some space and try again");
            throw RuntimeFailure(path + ": cannot write in its folder (" + lock_path_ + ": " + std::strerror(number) +
                                 "); choose a folder that can be written");
        }
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
            const int number = errno;
            const std::string who = holder(descriptor_);
            ::close(descriptor_);
            if (number == EWOULDBLOCK)
                throw RuntimeFailure(path + ": " + who + " is writing to this study; wait until it has ended, or end it and run the same "
                                            "command again. Reading it (caviar trials, export) works meanwhile");
            throw RuntimeFailure(path + ": the file system gives no lock (" + std::strerror(number) + "); put the study on a local disk");
        }
        if (still_there(descriptor_, lock_path_)) {
            if (is_lock(descriptor_)) break;
            ::close(descriptor_);
            throw RuntimeFailure(path + ": is locked by the file " + lock_path_ +
                                 ", but that holds something that is not caviar's; move that file away, or choose another name for the study");
        }
        ::close(descriptor_);
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor_, 0) == 0) {
        [[maybe_unused]] const auto written = ::pwrite(descriptor_, pid.data(), pid.size(), 0); // a full disk: the lock holds all the same
    }
}

WriterLock::~WriterLock() {
    ::unlink(lock_path_.c_str()); // while still held: see still_there
    ::close(descriptor_);
}

} // namespace caviar::study
