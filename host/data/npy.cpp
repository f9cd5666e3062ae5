#include "caviar/error.h"
#include "host/data/binary.h"
#include "host/data/readers.h"

#include <charconv>
#include <utility>

namespace caviar::data {
namespace {

/// The header is a Python dictionary literal, e.g. {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
struct Header {
    std::string descr;
    bool fortran = false;
    std::vector<int64_t> shape;
};

class HeaderParser {
public:
    HeaderParser(std::string_view text, const Input& input) : text_(text), input_(input) {}

    Header parse() {
        Header header;
        bool descr = false, order = false, shape = false;
        need('{');
        while (!take('}')) {
            const std::string key = quoted();
            need(':');
            if (key == "descr" && !std::exchange(descr, true)) header.descr = quoted();
            else if (key == "fortran_order" && !std::exchange(order, true)) header.fortran = boolean();
            else if (key == "shape" && !std::exchange(shape, true)) header.shape = sizes();
            else fail("'" + key + "' is not expected");
            if (!take(',')) {
                need('}');
                break;
            }
        }
        if (!descr || !order || !shape) fail("descr, fortran_order or shape is not there");
        return header;
    }

private:
    [[noreturn]] void fail(const std::string& what) const { throw DataError(input_.name(), 0, 0, "the NPY header cannot be read: " + what); }
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
    const Input& input_;
    size_t at_ = 0;
};

Element element_of(const std::string& descr, const Input& input) {
    const auto unknown = [&]() -> Element {
        throw DataError(input.name(), 0, 0, "values of type '" + descr + "' are no numbers caviar reads; use float32, float64, an integer or bool");
    };
    if (descr.size() != 3) return unknown();
    const int size = descr[2] - '0';
    if (size != 1 && size != 2 && size != 4 && size != 8) return unknown();
    Element element{Kind::real, size, descr[0] == '>'};
    if (descr[0] != '<' && descr[0] != '>' && descr[0] != '|' && descr[0] != '=') return unknown();
    switch (descr[1]) {
    case 'f':
        if (size < 4) return unknown();
        return element;
    case 'i': element.kind = Kind::signed_integer; return element;
    case 'u': element.kind = Kind::unsigned_integer; return element;
    case 'b':
        if (size != 1) return unknown();
        element.kind = Kind::boolean;
        return element;
    default: return unknown();
    }
}

/// In Fortran order the first of the row's own dimensions runs fastest; columns are numbered with the last fastest.
std::vector<int32_t> column_order(const Header& header, int64_t columns) {
    std::vector<int32_t> order(static_cast<size_t>(columns));
    for (int64_t k = 0; k < columns; ++k) {
        int64_t column = k;
        if (header.fortran) {
            int64_t rest = k;
            column = 0;
            for (size_t d = 1; d < header.shape.size(); ++d) {
                column = column * header.shape[d] + rest % header.shape[d];
                rest /= header.shape[d];
            }
        }
        order[static_cast<size_t>(k)] = static_cast<int32_t>(column);
    }
    return order;
}

Header read_header(Input& input) {
    unsigned char head[12];
    const auto get = [&](unsigned char* to, size_t count) {
        if (input.read(reinterpret_cast<char*>(to), count) != count) throw DataError(input.name(), 0, 0, "the NPY header is cut off");
    };
    get(head, 8);
    const int version = head[6];
    if (version < 1 || version > 3) throw DataError(input.name(), 0, 0, "NPY version " + std::to_string(version) + " is unknown; 1 to 3 are read");
    const size_t size_bytes = version == 1 ? 2 : 4;
    get(head + 8, size_bytes);
    size_t size = 0;
    for (size_t i = size_bytes; i-- > 0;) size = size << 8 | head[8 + i];
    if (size > 65536) throw DataError(input.name(), 0, 0, "the NPY header is too long for an array of numbers");
    std::string text(size, '\0');
    get(reinterpret_cast<unsigned char*>(text.data()), size);
    return HeaderParser(text, input).parse();
}

} // namespace

Table read_npy(Input& input) {
    input.rewind();
    const Header header = read_header(input);
    if (header.shape.empty()) throw DataError(input.name(), 0, 0, "a single number is no table; an array of one or more dimensions is due");
    ArrayPlan plan;
    plan.element = element_of(header.descr, input);
    plan.rows = header.shape[0];
    plan.columns_in_turn = header.fortran && header.shape.size() > 1;
    int64_t columns = 1;
    for (size_t d = 1; d < header.shape.size(); ++d) {
        if (header.shape[d] > most_columns || (columns *= header.shape[d]) > most_columns)
            throw DataError(input.name(), 0, 0, "more than " + std::to_string(most_columns) + " values a row");
    }
    plan.order = column_order(header, columns);
    Table table;
    table.name = input.name();
    table.columns = read_array(input, plan);
    return table;
}

} // namespace caviar::data
