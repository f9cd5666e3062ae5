#pragma once
/// A line as it is typed: keys in, text and cursor out. Knows no terminal.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace caviar::cli {

class LineEditor {
public:
    enum class Key { none, line, interrupt, end };

    /// Takes one byte from a terminal in raw mode: letters, backspace, arrows (up and down go through earlier lines), Home, End,
    /// Delete, Ctrl-A, E, U, W and K. `line`: a line is complete and `taken()` is it; `interrupt`: Ctrl-C; `end`: Ctrl-D on an
    /// empty line.
    Key feed(unsigned char byte);
    const std::string& taken() const { return taken_; }

    const std::string& text() const { return text_; }
    size_t cursor() const { return cursor_; } ///< in bytes, between two characters

private:
    void escape(char last);
    void recall(size_t index);
    void move(int by);
    void erase_before();

    std::string text_, taken_, sequence_;
    size_t cursor_ = 0;
    std::vector<std::string> earlier_;
    size_t recalled_ = 0; ///< index into earlier_; its size: the line that is new
    enum class Inside { text, escape, sequence } inside_ = Inside::text;
};

} // namespace caviar::cli
