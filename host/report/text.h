#pragma once
/// Text as a terminal shows it: width in columns, cutting and padding. Input is UTF-8; a byte that is not counts as one column.

#include <string>
#include <string_view>

namespace caviar::report {

/// Columns a terminal takes for the text: 2 for East Asian wide characters and emoji, 0 for combining marks (the ranges of
/// Unicode's EastAsianWidth.txt W and F, merged), 1 for the rest. Independent of the locale.
int display_width(std::string_view);

/// The text in at most `width` columns; what was cut is marked by "…" in the last of them. Characters stay whole.
std::string truncate(std::string_view, int width);

/// Padded with spaces to `width` columns, text at the left or at the right; longer text is left alone.
std::string pad_right(std::string_view, int width); ///< text, then spaces
std::string pad_left(std::string_view, int width);  ///< spaces, then text

/// The words of a text in lines of at most `width` columns, later lines set in by `margin`; the first is taken to begin there, too. A word
/// that is wider has a line for itself.
std::string wrap(const std::string& text, int margin, int width);

/// Names from files may hold anything: control characters (line feeds, terminal escapes) become "?", tabs and line feeds a
/// space, so that data can never move a terminal's cursor.
std::string printable(std::string_view);

/// SGR sequences around a text, or the text itself where colour is off.
enum class Colour { bold, dim, red, green, yellow, cyan };
std::string coloured(std::string_view, Colour, bool on);

} // namespace caviar::report
