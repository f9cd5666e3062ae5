#include "host/cli/line_editor.h"

#include <algorithm>

namespace caviar::cli {

namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; } // a later byte of a UTF-8 character

} // namespace

void LineEditor::move(int by) {
    if (by < 0 && cursor_ > 0) {
        do --cursor_;
        while (cursor_ > 0 && continues(text_[cursor_]));
    } else if (by > 0 && cursor_ < text_.size()) {
        do ++cursor_;
        while (cursor_ < text_.size() && continues(text_[cursor_]));
    }
}

void LineEditor::erase_before() {
    const size_t end = cursor_;
    move(-1);
    text_.erase(cursor_, end - cursor_);
}

void LineEditor::recall(size_t index) {
    if (index > earlier_.size()) return;
    recalled_ = index;
    text_ = index < earlier_.size() ? earlier_[index] : std::string();
    cursor_ = text_.size();
}

void LineEditor::escape(char last) {
    if (last == 'A' && recalled_ > 0) recall(recalled_ - 1);
    if (last == 'B') recall(recalled_ + 1);
    if (last == 'C') move(1);
    if (last == 'D') move(-1);
    if (last == 'H' || (last == '~' && (sequence_ == "1" || sequence_ == "7"))) cursor_ = 0;
    if (last == 'F' || (last == '~' && (sequence_ == "4" || sequence_ == "8"))) cursor_ = text_.size();
    if (last == '~' && sequence_ == "3" && cursor_ < text_.size()) {
        move(1);
        erase_before();
    }
}

LineEditor::Key LineEditor::feed(unsigned char byte) {
    const char c = static_cast<char>(byte);
    if (inside_ == Inside::escape) {
        inside_ = c == '[' || c == 'O' ? Inside::sequence : Inside::text;
        sequence_.clear();
        return Key::none;
    }
    if (inside_ == Inside::sequence) {
        if (byte >= 0x40 && byte < 0x7F) {
            inside_ = Inside::text;
            escape(c);
        } else {
            sequence_ += c;
        }
        return Key::none;
    }
    switch (byte) {
    case 0x1B: inside_ = Inside::escape; return Key::none;
    case '\r':
    case '\n':
        taken_ = text_;
        if (!text_.empty() && (earlier_.empty() || earlier_.back() != text_)) earlier_.push_back(text_);
        recall(earlier_.size());
        return Key::line;
    case 3: return Key::interrupt;
    case 4: return text_.empty() ? Key::end : Key::none;
    case 1: cursor_ = 0; return Key::none;
    case 5: cursor_ = text_.size(); return Key::none;
    case 8:
    case 0x7F: erase_before(); return Key::none;
    case 11: text_.erase(cursor_); return Key::none;
    case 21:
        text_.erase(0, cursor_);
        cursor_ = 0;
        return Key::none;
    case 23: // the word before the cursor
        while (cursor_ > 0 && text_[cursor_ - 1] == ' ') erase_before();
        while (cursor_ > 0 && text_[cursor_ - 1] != ' ') erase_before();
        return Key::none;
    default: break;
    }
    constexpr size_t longest = 1000;
    if (byte < 0x20 || text_.size() >= longest) return Key::none;
    text_.insert(cursor_++, 1, c);
    return Key::none;
}

} // namespace caviar::cli
