#include "host/cli/terminal.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

namespace caviar::cli {

namespace {

int terminal_width() {
    for (const int descriptor : {STDERR_FILENO, STDOUT_FILENO}) {
        winsize size{};
        if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return std::max<int>(size.ws_col, 20);
    }
    return 80;
}

bool color_wanted() {
    const char* no_color = std::getenv("NO_COLOR"); // set and not empty: no colour, see no-color.org
    const char* term = std::getenv("TERM");
    return (no_color == nullptr || *no_color == '\0') && term != nullptr && std::strcmp(term, "dumb") != 0;
}

} // namespace

Context standard_context() {
    Context context{std::cout, std::cerr};
    context.out_is_terminal = isatty(STDOUT_FILENO) == 1;
    context.err_is_terminal = isatty(STDERR_FILENO) == 1;
    context.out_color = context.out_is_terminal && color_wanted();
    context.err_color = context.err_is_terminal && color_wanted();
    context.width = terminal_width();
    return context;
}

} // namespace caviar::cli
