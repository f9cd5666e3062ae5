#include "host/data/npy_header.h"

#include "caviar/error.h"

#include <charconv>
#include <utility>

namespace caviar::data {
namespace {

class HeaderParser {
public:
    HeaderParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

    NpyHeader parse() {
        NpyHeader header;
        bool descr = false, order = false, shape = false;
        need('{');
        while (!take('}')) {
            const std::string key = quoted();
            need(':');
            if (key == "descr" && !std::exchange(descr, true)) header.descr = quoted();
            else if (key == "fortran_order" && !std::exchange(order, true)) header.fortran_order = boolean();
            else if (key == "shape" && !std::exchange(shape, true)) header.shape = sizes();
            else fail("'" + key + "' is not expected");
            if (!take(',')) {
                need('}');
                break;
            }
        }
        skip_blanks();
        if (at_ < text_.size()) fail("nothing may follow its dictionary");
        if (!descr || !order || !shape) fail("descr, fortran_order or shape is not there");
        return header;
    }

private:
    [[noreturn]] void fail(const std::string& what) const { throw DataError(where_ + ": the NPY header cannot be read: " + what); }
    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
    }
    bool take(char c) {
        skip_blanks();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void need(char c) {
        if (!take(c)) fail(std::string("'") + c + "' is due at byte " + std::to_string(at_));
    }
    std::string quoted() {
        const char quote = take('\'') ? '\'' : take('"') ? '"' : '\0';
        const size_t end = quote ? text_.find(quote, at_) : text_.npos;
        if (end == text_.npos) fail("a quoted word is due at byte " + std::to_string(at_) + " (a structured array is not a table)");
        const std::string word(text_.substr(at_, end - at_));
        at_ = end + 1;
        return word;
    }
    bool boolean() {
        skip_blanks();
        for (const std::string_view word : {"True", "False"})
            if (text_.substr(at_).starts_with(word)) {
                at_ += word.size();
                return word == "True";
            }
        fail("True or False is due at byte " + std::to_string(at_));
    }
    std::vector<int64_t> sizes() {
        std::vector<int64_t> result;
        need('(');
        while (!take(')')) {
            skip_blanks();
            int64_t size = 0;
            const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), size);
            if (error != std::errc{} || size < 0 || result.size() == 32) fail("a size is due at byte " + std::to_string(at_));
            at_ = static_cast<size_t>(end - text_.data());
            take('L'); // Python 2 wrote long integers so
            result.push_back(size);
            if (!take(',')) {
                need(')');
                break;
            }
        }
        return result;
    }

    std::string_view text_;
    const std::string& where_;
    size_t at_ = 0;
};

} // namespace

NpyHeader parse_npy_header(std::string_view text, const std::string& where) { return HeaderParser(text, where).parse(); }

} // namespace caviar::data
