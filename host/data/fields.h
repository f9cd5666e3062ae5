#pragma once
/// Delimited text cut into fields, block by block, without a copy of the file in memory.

#include "host/data/input.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace caviar::data {

/// How a delimited text is written.
struct Dialect {
    char delimiter = ',';
    bool single_quotes = false; ///< fields may be quoted 'so'; "so" always works, and a doubled quote stands for one
    bool header = false;
};

struct Field {
    std::string_view text;  ///< valid until the next call; unquoted, blanks around it trimmed
    float number = 0;       ///< where the field is a decimal number (perhaps infinite, if it is beyond float)
    bool is_number = false;
    char quote = 0;         ///< what it was quoted with; 0: it was not
    bool last = false;      ///< the row ends after it
};

/// Reads fields one after the other. Blank lines are passed over; a line ends with LF, CRLF or CR; a BOM is passed over.
/// Throws DataError for a NUL byte, an open quote, text after a closing quote, a field longer than a block.
class Fields {
public:
    /// Starts at the input's present position. `numbers`: recognise numbers (else every field is text).
    Fields(Input& input, Dialect dialect, bool numbers = true);

    /// False at the end of the input.
    bool next(Field& field);
    int64_t row() const { return row_; }       ///< the line where the last field began, from 1
    int64_t column() const { return column_; } ///< of the last field, from 1
    [[noreturn]] void fail(const std::string& what) const;

    static constexpr size_t block = size_t{1} << 20; ///< bytes read at once, and the longest field

private:
    enum class Found { field, more_needed };
    Found scan(Field& field);
    Found scan_quoted(Field& field, const char* open);
    Found finish(Field& field, const char* end, int64_t lines_inside);
    bool refill();
    bool skip_blank_lines();
    const char* skip_blanks(const char* p) const {
        while (*p == ' ' || (*p == '\t' && dialect_.delimiter != '\t')) ++p;
        return p;
    }
    bool ends_field(char c) const { return c == dialect_.delimiter || c == '\n' || c == '\r'; }

    Input& input_;
    Dialect dialect_;
    bool numbers_;
    size_t capacity_;              ///< a block, or less where the input is known to be smaller
    std::vector<char> buffer_;     ///< two more bytes: room for a last newline and for the NUL that stops every scan
    const char* cursor_;           ///< the next field starts here
    const char* limit_;            ///< the NUL after the bytes read
    bool at_end_ = false;          ///< the input is exhausted
    bool row_start_ = true;
    int64_t row_ = 1, column_ = 0, next_row_ = 1;
    std::string unescaped_;
};

} // namespace caviar::data
