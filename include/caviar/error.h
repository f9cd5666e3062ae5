#pragma once
/// Errors of the library. Library code throws; it never prints and never exits.
/// A message says what was wrong, where (file, row, column, flag) and what to do.

#include <cstdint>
#include <stdexcept>
#include <string>

namespace caviar {

/// The exit code of the program for each kind of error (`caviar --help` lists them).
enum class ExitCode : int {
    fine = 0,
    failure = 1,      ///< run time: a full disk, a locked or foreign study, a sweep that brought no network
    usage = 2,        ///< a flag, a value, a settings file
    bad_data = 3,     ///< an input table, image or model file
    no_device = 4,    ///< no usable GPU, or not enough memory on it
    interrupted = 130 ///< Ctrl-C; everything finished so far is saved
};

class Error : public std::runtime_error {
public:
    Error(ExitCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
    ExitCode code() const noexcept { return code_; }

private:
    ExitCode code_;
};

/// A run-time failure: the disk, the study file, another process.
struct RuntimeFailure : Error {
    explicit RuntimeFailure(const std::string& what) : Error(ExitCode::failure, what) {}
};

/// A flag, value or settings file that is not understood; names the flag, the value and what is allowed.
struct UsageError : Error {
    explicit UsageError(const std::string& what) : Error(ExitCode::usage, what) {}
};

/// A data or model file that cannot be read.
class DataError : public Error {
public:
    explicit DataError(const std::string& what) : Error(ExitCode::bad_data, what) {}

    /// Message: "FILE: row R, column C: WHAT". Rows and columns count from 1, the header included; 0 leaves one out.
    DataError(const std::string& file, int64_t row, int64_t column, const std::string& what)
        : Error(ExitCode::bad_data, place(file, row, column) + what) {}

private:
    static std::string place(const std::string& file, int64_t row, int64_t column) {
        std::string text = file + ": ";
        if (row > 0) text += "row " + std::to_string(row) + (column > 0 ? ", " : ": ");
        if (column > 0) text += "column " + std::to_string(column) + ": ";
        return text;
    }
};

/// No usable device, or a device that failed; says what is missing and how to get it.
struct DeviceError : Error {
    explicit DeviceError(const std::string& what) : Error(ExitCode::no_device, what) {}
};

} // namespace caviar
