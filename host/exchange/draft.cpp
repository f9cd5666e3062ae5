#include "host/exchange/draft.h"

#include "caviar/error.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace caviar::exchange {

namespace {

namespace fs = std::filesystem;

void require_free(const std::string& path) {
    std::error_code error;
    if (fs::symlink_status(path, error).type() != fs::file_type::not_found)
        throw RuntimeFailure(path + ": " + (error ? error.message() : "exists already; choose another name, or remove it first"));
}

} // namespace

Draft::Draft(const std::string& path) : path_(path) {
    while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
    draft_ = path_ + ".part-" + std::to_string(::getpid());
    require_free(path_);
    require_free(draft_);
}

Draft::~Draft() {
    std::error_code ignored;
    if (!draft_.empty()) fs::remove_all(draft_, ignored);
}

void Draft::keep() {
    const int descriptor = ::open(draft_.c_str(), O_RDONLY | O_CLOEXEC);
    const int failed = descriptor < 0 || ::fsync(descriptor) != 0 ? errno : 0;
    if (descriptor >= 0) ::close(descriptor);
    if (failed) throw RuntimeFailure(path_ + ": cannot be written: " + std::strerror(failed));
    require_free(path_);
    if (std::rename(draft_.c_str(), path_.c_str()) != 0) throw RuntimeFailure(path_ + ": cannot be made: " + std::strerror(errno));
    draft_.clear();
}

} // namespace caviar::exchange
