#pragma once
/// The terminal as keys and a whole screen.

#include <optional>
#include <string>

#include <termios.h>

namespace caviar::cli {

/// While one lives, standard input gives every key at once, unechoed and without signals from the keyboard, and standard error
/// shows another screen; the end of its life brings back what was there. Both must be terminals.
class RawTerminal {
public:
    RawTerminal();
    ~RawTerminal();
    RawTerminal(const RawTerminal&) = delete;
    RawTerminal& operator=(const RawTerminal&) = delete;

    /// Keys typed within so many milliseconds, maybe none; nothing where the terminal is gone.
    std::optional<std::string> keys(int milliseconds);
    void write(const std::string&);
    struct Size {
        int width = 80, height = 24;
        bool operator==(const Size&) const = default;
    };
    Size size() const; ///< now: it may be resized

private:
    termios before_{};
};

} // namespace caviar::cli
