#include "host/cli/raw_terminal.h"

#include "caviar/error.h"

#include <cerrno>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace caviar::cli {

RawTerminal::RawTerminal() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0)
        throw RuntimeFailure("the terminal cannot be asked for its settings; use --script");
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    write("\x1b[?1049h\x1b[2J"); // xterm's alternate screen, empty
}

RawTerminal::~RawTerminal() {
    write("\x1b[?1049l");
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

std::optional<std::string> RawTerminal::keys(int milliseconds) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = poll(&input, 1, milliseconds);
    if (ready == 0 || (ready < 0 && errno == EINTR)) return std::string();
    if (ready < 0) return {};
    char buffer[256];
    const ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
    if (count > 0) return std::string(buffer, static_cast<size_t>(count));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return std::string();
    return {};
}

void RawTerminal::write(const std::string& text) {
    for (size_t at = 0; at < text.size();) {
        const ssize_t count = ::write(STDERR_FILENO, text.data() + at, text.size() - at);
        if (count < 0 && errno != EINTR) return; // the terminal is gone; `keys` will say so
        if (count > 0) at += static_cast<size_t>(count);
    }
}

RawTerminal::Size RawTerminal::size() const {
    winsize now{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &now) != 0 || now.ws_col == 0 || now.ws_row == 0) return {};
    return {now.ws_col, now.ws_row};
}

} // namespace caviar::cli
