#include "host/data/fields.h"

#include "caviar/error.h"
#include "host/data/number.h"

#include <algorithm>
#include <cstring>

namespace caviar::data {

// Every scan stops at the NUL behind the bytes read, so that no loop tests for the end of the block; a NUL before that place
// is an error of the file. Whoever meets the end asks for more and the field is scanned again from its start.

Fields::Fields(Input& input, Dialect dialect, bool numbers)
    : input_(input), dialect_(dialect), numbers_(numbers),
      capacity_(input.size() < 0 ? block : std::clamp(static_cast<size_t>(input.size()) + 1, size_t{4096}, block)), buffer_(capacity_ + 2),
      cursor_(buffer_.data()), limit_(buffer_.data()) {
    buffer_[0] = '\0';
    refill();
    if (limit_ - cursor_ >= 3 && std::memcmp(cursor_, "\xEF\xBB\xBF", 3) == 0) cursor_ += 3;
}

void Fields::fail(const std::string& what) const { throw DataError(input_.name(), row_, column_, what); }

bool Fields::refill() {
    if (at_end_) return false;
    const size_t kept = static_cast<size_t>(limit_ - cursor_);
    std::memmove(buffer_.data(), cursor_, kept);
    if (kept >= capacity_) fail("a field is longer than " + std::to_string(capacity_) + " bytes; is a quote left open, or is this no table?");
    size_t filled = kept + input_.read(buffer_.data() + kept, capacity_ - kept);
    if (filled < capacity_) {
        at_end_ = true;
        if (filled > 0 && buffer_[filled - 1] != '\n') buffer_[filled++] = '\n';
    }
    buffer_[filled] = '\0';
    cursor_ = buffer_.data();
    limit_ = cursor_ + filled;
    return filled > kept;
}

bool Fields::skip_blank_lines() {
    for (;;) {
        const char* p = skip_blanks(cursor_);
        if (*p == '\0' && p == limit_) {
            if (!refill()) return false;
        } else if (*p == '\n' || *p == '\r') {
            if (*p == '\r' && p[1] == '\0' && p + 1 == limit_ && refill()) continue;
            cursor_ = p + (*p == '\r' && p[1] == '\n' ? 2 : 1);
            ++next_row_;
        } else {
            return true;
        }
    }
}

bool Fields::next(Field& field) {
    if (row_start_) {
        if (!skip_blank_lines()) return false;
        row_start_ = false;
        column_ = 0;
    }
    row_ = next_row_;
    ++column_;
    while (scan(field) == Found::more_needed)
        if (!refill()) fail("the quote opened here is never closed"); // only an open quote can meet the end: a line always ends
    return true;
}

Fields::Found Fields::scan(Field& field) {
    const char* p = skip_blanks(cursor_);
    if (numbers_ && static_cast<unsigned char>(*p - '+') < 15) { // + , - . / and the digits
        const char* const number_end = scan_number(p, limit_, field.number);
        const char* const end = skip_blanks(number_end);
        if (number_end != p && ends_field(*end)) {
            field.text = {p, static_cast<size_t>(number_end - p)};
            field.is_number = true;
            field.quote = 0;
            return finish(field, end, 0);
        }
    }
    if (*p == '"' || (*p == '\'' && dialect_.single_quotes)) return scan_quoted(field, p);
    const char* end = p;
    while (*end != '\0' && !ends_field(*end)) ++end;
    if (*end == '\0') {
        if (end == limit_) return Found::more_needed;
        fail("a NUL byte; this is not a text table");
    }
    const char* trimmed = end;
    while (trimmed > p && (trimmed[-1] == ' ' || trimmed[-1] == '\t')) --trimmed;
    field.text = {p, static_cast<size_t>(trimmed - p)};
    field.is_number = false;
    field.quote = 0;
    return finish(field, end, 0);
}

Fields::Found Fields::scan_quoted(Field& field, const char* open) {
    const char quote = *open;
    const char* start = open + 1;
    const char* p = start;
    int64_t lines = 0;
    bool doubled = false;
    for (;;) {
        while (*p != quote && *p != '\0') lines += *p++ == '\n';
        if (*p == '\0') {
            if (p == limit_) return Found::more_needed;
            fail("a NUL byte; this is not a text table");
        }
        if (p[1] != quote) break;
        if (!doubled) unescaped_.clear();
        doubled = true;
        unescaped_.append(start, p + 1);
        start = p += 2;
    }
    if (p[1] == '\0' && p + 1 == limit_) return Found::more_needed; // the next byte may double this quote
    const char* end = skip_blanks(p + 1);
    if (*end == '\0' && end == limit_) return Found::more_needed;
    if (!ends_field(*end)) fail("text after the closing quote; write a quote inside quotes twice");
    if (doubled) {
        unescaped_.append(start, p);
        field.text = unescaped_;
    } else {
        field.text = {start, static_cast<size_t>(p - start)};
    }
    field.quote = quote;
    const char* const text_end = field.text.data() + field.text.size();
    field.is_number = numbers_ && !field.text.empty() && scan_number(field.text.data(), text_end, field.number) == text_end;
    return finish(field, end, lines);
}

Fields::Found Fields::finish(Field& field, const char* end, int64_t lines_inside) {
    field.last = *end != dialect_.delimiter;
    if (*end == '\r') {
        if (end + 1 == limit_ && !at_end_) return Found::more_needed;
        if (end[1] == '\n') ++end;
    }
    cursor_ = end + 1;
    next_row_ += lines_inside + field.last;
    row_start_ = field.last;
    return Found::field;
}

} // namespace caviar::data
