#include "caviar/error.h"
#include "host/data/encode.h"
#include "host/data/levels.h"
#include "host/data/memory.h"
#include "host/data/readers.h"
#include "host/data/utf8.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace caviar::data {
namespace {

/// UTF-8, and no control character but those of layout: bytes of another kind of file are no names.
std::string readable(std::string_view text, const Fields& fields) {
    for (const char c : text)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            fields.fail("a control character (code " + std::to_string(static_cast<int>(c)) + "); this is not a text table");
    return is_utf8(text) ? std::string(text) : utf8_of_latin1(text);
}

bool means_infinity(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    std::string lower(text.substr(0, 9));
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return lower == "inf" || lower == "infinity";
}

/// One column while it is read. It holds numbers until the first text. Texts keep what the file says ("007" is not "7"), so where
/// numbers came before the first text the column is read again, as text, once all such columns are known.
struct Builder {
    enum class Kind { undecided, numbers, text, again };
    Kind kind = Kind::undecided;
    Column column;             ///< numbers or codes
    Levels levels;
    int64_t missing = 0;       ///< rows so far while undecided
    int64_t infinite_row = 0;  ///< where the first number beyond float stood; 0: nowhere

    void add_missing() {
        switch (kind) {
        case Kind::undecided: ++missing; break;
        case Kind::numbers: append_missing(column); break;
        case Kind::text: append(column.codes, -1); break;
        case Kind::again: break;
        }
    }
    void add_number(const Field& field, const Fields& fields) {
        if (kind == Kind::undecided) become_numbers();
        if (kind == Kind::text) return add_text(field.text, fields);
        if (kind == Kind::again) return;
        if (std::abs(field.number) > std::numeric_limits<float>::max()) note_infinity(fields);
        append_number(column, field.number, std::abs(field.number) < keeps_rest_from ? field.number : exact_number_of(field.text).value());
    }
    void add_text(std::string_view text, const Fields& fields) {
        if (kind == Kind::again) return;
        if (kind != Kind::text && means_infinity(text)) {
            if (kind == Kind::undecided) become_numbers();
            note_infinity(fields);
            return append_number(column, std::numeric_limits<float>::infinity(), 0);
        }
        if (kind == Kind::undecided) become_text();
        if (kind == Kind::numbers) {
            kind = Kind::again;
            column = {};
            return;
        }
        int32_t code = levels.find(text);
        if (code < 0) {
            if (levels.names().size() == std::numeric_limits<int32_t>::max()) fields.fail("the column has too many different texts");
            code = levels.add(readable(text, fields));
        }
        append(column.codes, code);
    }
    /// Of memory, about; those to come for missing values included.
    size_t bytes() const {
        return (static_cast<size_t>(missing) + column.numbers.capacity() + column.rest.capacity() + column.codes.capacity()) * sizeof(float) + levels.bytes();
    }
    void become_text() {
        kind = Kind::text;
        column.codes.assign(static_cast<size_t>(missing), -1);
    }
    void become_numbers() {
        kind = Kind::numbers;
        column.numbers.assign(static_cast<size_t>(missing), std::numeric_limits<float>::quiet_NaN());
    }
    void note_infinity(const Fields& fields) {
        if (infinite_row == 0) infinite_row = fields.row();
    }
};

/// A row kept as it stands, for the header and the first row: the columns are only known once it has been read.
struct FirstRow {
    std::vector<Field> fields;
    std::vector<std::string> texts;

    explicit FirstRow(Fields& source) {
        Field field;
        size_t bytes = 0;
        while (source.next(field)) {
            constexpr size_t longest = size_t{1} << 28; // kept as it stands: a bomb of a row must not fill the memory
            if ((bytes += field.text.size()) > longest) source.fail("the row is longer than " + std::to_string(longest >> 20) + " MB; is this a table?");
            if (static_cast<int64_t>(fields.size()) == most_columns) source.fail("more than " + std::to_string(most_columns) + " columns");
            texts.emplace_back(field.text);
            fields.push_back(field);
            if (field.last) break;
        }
        for (size_t i = 0; i < fields.size(); ++i) fields[i].text = texts[i];
    }
};

/// Names from the header: blanks become "column N", repeated ones get "_2", "_3", ... and are noted in `repeated`.
std::vector<Column> named_columns(const FirstRow& header, const Fields& fields, std::vector<std::string>& repeated) {
    std::vector<Column> columns(header.texts.size());
    std::set<std::string> taken;
    std::map<std::string, int64_t> times;
    for (size_t c = 0; c < columns.size(); ++c) {
        std::string name = readable(header.texts[c], fields);
        if (name.empty()) name = "column " + std::to_string(c + 1);
        columns[c].name = name;
        if (++times[name] == 2) repeated.push_back(name);
        for (int n = 2; !taken.insert(columns[c].name).second; ++n) columns[c].name = name + "_" + std::to_string(n);
    }
    return columns;
}

class Reader {
public:
    Reader(Input& input, Dialect dialect, const ReadOptions& options, const Preprocessing* reader)
        : input_(input), dialect_(dialect), options_(options), reader_(reader) {
        // Where a mark looks like a number (-999), numbers have to be compared with the marks, too.
        for (const std::string& mark : options.missing) numeric_marks_ |= mark.find_first_of("0123456789") != mark.npos;
    }

    Table read() {
        Table table;
        table.name = input_.name();
        table.named = dialect_.header;
        read_all(table);
        const auto again = [](const Builder& builder) { return builder.kind == Builder::Kind::again; };
        if (std::any_of(builders_.begin(), builders_.end(), again)) read_texts_again();
        for (size_t c = 0; c < builders_.size(); ++c) finish(table, c);
        return table;
    }

private:
    void read_all(Table& table) {
        Fields fields(input_, dialect_);
        if (dialect_.header) table.columns = named_columns(FirstRow(fields), fields, table.repeated);
        const FirstRow first(fields);
        if (first.fields.empty()) throw DataError(table.name, 0, 0, dialect_.header ? "no rows below the header" : "no rows");
        if (!dialect_.header) table.columns = unnamed_columns(static_cast<int64_t>(first.fields.size()));
        builders_.resize(table.columns.size());
        if (!options_.as_text.empty()) builders_[static_cast<size_t>(table.find(options_.as_text))].become_text();
        if (reader_)
            for (const int32_t column : texts_in(*reader_, table)) builders_[static_cast<size_t>(column)].become_text();

        size_t c = 0;
        for (const Field& field : first.fields) take(field, c, fields);
        for (Field field; fields.next(field);) take(field, c, fields);
    }
    /// Now and then: whether the columns still fit.
    void check_memory(const Fields& fields) {
        constexpr int64_t between = int64_t{1} << 20;
        check_at_ = input_.position() + between;
        size_t bytes = 0;
        for (const Builder& builder : builders_) bytes += builder.bytes();
        if (bytes > static_cast<size_t>(memory_)) fail_for_memory(input_.name(), fields.row(), memory_);
    }
    void take(const Field& field, size_t& c, const Fields& fields) {
        if (input_.position() >= check_at_) check_memory(fields);
        if (c == builders_.size()) fields.fail("one field too many: " + expected());
        Builder& builder = builders_[c++];
        if ((!field.is_number || numeric_marks_) && is_missing(field.text, options_)) builder.add_missing();
        else if (field.is_number) builder.add_number(field, fields);
        else builder.add_text(field.text, fields);
        if (!field.last) return;
        if (c < builders_.size()) fields.fail("the row ends here, after " + std::to_string(c) + " fields: " + expected());
        c = 0;
        ++rows_;
    }
    std::string expected() const {
        return std::string(dialect_.header ? "the header" : "the first row") + " has " + std::to_string(builders_.size()) +
               (dialect_.delimiter == '\t' ? " (separated by tabs)" : std::string(" (separated by '") + dialect_.delimiter + "')");
    }

    void read_texts_again() {
        std::vector<bool> wanted;
        for (Builder& builder : builders_) {
            wanted.push_back(builder.kind == Builder::Kind::again);
            if (!wanted.back()) continue;
            builder.missing = 0; // the missing ones at the top come again, too
            builder.become_text();
        }
        input_.rewind();
        check_at_ = 0;
        Fields fields(input_, dialect_, false);
        if (dialect_.header) FirstRow header(fields);
        size_t c = 0;
        int64_t rows = 0;
        for (Field field; fields.next(field);) {
            if (input_.position() >= check_at_) check_memory(fields);
            if (c < wanted.size() && wanted[c]) {
                if (is_missing(field.text, options_)) builders_[c].add_missing();
                else builders_[c].add_text(field.text, fields);
            }
            ++c;
            if (!field.last) continue;
            ++rows;
            if (c != builders_.size() || rows > rows_) break;
            c = 0;
        }
        if (c != 0 || rows != rows_) throw DataError(input_.name(), 0, 0, "the file changed while it was read");
    }

    void finish(Table& table, size_t c) {
        Builder& builder = builders_[c];
        Column& column = table.columns[c];
        if (builder.kind == Builder::Kind::undecided) builder.become_numbers(); // nothing but missing values
        column.categorical = builder.kind == Builder::Kind::text;
        if (!column.categorical && builder.infinite_row)
            throw DataError(table.name, builder.infinite_row, static_cast<int64_t>(c) + 1,
                            "the number is infinite or beyond a 32-bit float; correct it, or write NA for a missing value");
        column.numbers = std::move(builder.column.numbers);
        column.rest = std::move(builder.column.rest);
        column.rounded = builder.column.rounded;
        column.codes = std::move(builder.column.codes);
        column.levels = std::move(builder.levels).take();
    }

    Input& input_;
    Dialect dialect_;
    const ReadOptions& options_;
    const Preprocessing* reader_;
    bool numeric_marks_ = false;
    std::vector<Builder> builders_;
    int64_t rows_ = 0;
    const int64_t memory_ = memory_limit(options_);
    int64_t check_at_ = 0; ///< the position in the input where memory is looked at again
};

void check_delimiter(char c) {
    if (c == 0 || c == '\t' || (c > ' ' && c < 0x7f && std::string_view("\"'.+-").find(c) == std::string_view::npos && !std::isalnum(c))) return;
    throw UsageError("the delimiter must be one mark such as , ; | or a tab; not a letter, digit, quote, blank, point or sign");
}

/// The start of the file, for a look at its first rows: 256 KB, or more until two rows are whole. True where it is all of it.
bool read_head(Input& input, std::string& head) {
    constexpr size_t usual = size_t{1} << 18, most = size_t{1} << 25; // most: a million names of 30 letters
    while (head.size() < most) {
        const size_t before = head.size(), wanted = before == 0 ? usual : before; // doubling
        head.resize(before + wanted);
        head.resize(before + input.read(head.data() + before, wanted));
        if (head.size() < before + wanted) return true;
        const size_t first = head.find_first_of("\r\n"), next = head.find_first_not_of("\r\n", first);
        if (first != head.npos && next != head.npos && head.find_first_of("\r\n", next) != head.npos) return false;
    }
    return false;
}

} // namespace

Table read_delimited(Input& input, const ReadOptions& options, const Preprocessing* reader) {
    check_delimiter(options.delimiter);
    std::string head;
    const bool whole = read_head(input, head);
    const Dialect dialect = sniff(std::move(head), whole, options);
    input.rewind();
    return Reader(input, dialect, options, reader).read();
}

} // namespace caviar::data
