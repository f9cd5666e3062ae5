#include "host/model/file.h"

#include "caviar/error.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace caviar::model {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::strerror(error); }

/// A file descriptor that is closed at the end of its scope.
struct Descriptor {
    int fd;
    explicit Descriptor(int opened) : fd(opened) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
    /// close() reports what a network file system could not write.
    bool close() {
        const int closing = fd;
        fd = -1;
        return ::close(closing) == 0;
    }
};

/// Removes the temporary file unless it was renamed.
struct Temporary {
    std::string path;
    bool kept = false;
    ~Temporary() {
        if (!kept) ::unlink(path.c_str());
    }
};

[[noreturn]] void cannot_write(const std::string& path, int error) {
    throw RuntimeFailure(path + ": cannot be written: " + reason(error) + (error == ENOSPC || error == EDQUOT ? "; free some space or choose another folder" : ""));
}

void write_all(int fd, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) cannot_write(path, n < 0 ? errno : ENOSPC);
        bytes.remove_prefix(static_cast<size_t>(n));
    }
}

std::string unused_name_beside(const std::string& path) {
    static std::atomic<unsigned> counter{0};
    return path + ".part-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
}

} // namespace

std::string read_file(const std::string& path) {
    // O_NONBLOCK: opening a named pipe must not wait for a writer before we can refuse it.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.fd < 0) throw DataError(path + ": cannot be read: " + reason(errno));
    struct stat status {};
    if (::fstat(file.fd, &status) != 0) throw DataError(path + ": cannot be read: " + reason(errno));
    if (!S_ISREG(status.st_mode)) throw DataError(path + ": is not a file (a folder, a pipe or a device)");
    std::string bytes(static_cast<size_t>(status.st_size), '\0');
    for (size_t at = 0; at < bytes.size();) {
        const ssize_t n = ::read(file.fd, bytes.data() + at, bytes.size() - at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw DataError(path + ": cannot be read: " + reason(errno));
        if (n == 0) throw DataError(path + ": became shorter while it was read");
        at += static_cast<size_t>(n);
    }
    return bytes;
}

void write_file(const std::string& path, std::string_view bytes) {
    std::error_code error;
    std::string target = path;
    if (fs::is_symlink(path, error)) {
        if (const fs::path resolved = fs::weakly_canonical(path, error); !error) target = resolved.string();
    }
    struct stat existing {};
    const bool exists = ::stat(target.c_str(), &existing) == 0;
    // Renaming over a device or a pipe would replace it.
    if (exists && !S_ISREG(existing.st_mode)) throw RuntimeFailure(path + ": cannot be written: it is not a file (a folder, a pipe or a device)");

    Temporary temporary{unused_name_beside(target)};
    Descriptor file(::open(temporary.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.fd < 0) {
        temporary.kept = true; // not ours to remove
        cannot_write(path, errno);
    }
    if (exists && ::fchmod(file.fd, existing.st_mode & 07777) != 0) cannot_write(path, errno);
    write_all(file.fd, bytes, path);
    if (::fsync(file.fd) != 0 || !file.close()) cannot_write(path, errno);
    if (::rename(temporary.path.c_str(), target.c_str()) != 0) cannot_write(path, errno);
    temporary.kept = true;
    // The rename itself survives a power cut once the folder is synced; some file systems cannot, and the file is whole anyway.
    const fs::path folder = fs::path(target).parent_path();
    const Descriptor directory(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.fd >= 0) ::fsync(directory.fd);
}

} // namespace caviar::model
