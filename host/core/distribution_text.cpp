#include "host/core/distribution.h"

#include "caviar/error.h"
#include "host/core/names.h"
#include "host/core/value.h"

#include <algorithm>
#include <cmath>

namespace caviar {
namespace {

using Kind = DistributionKind;

constexpr size_t longest = 4096; // characters of one expression
constexpr std::string_view word_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";

bool space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// The first `count` bytes, and what is left of a character that they would cut (UTF-8).
std::string_view first_of(std::string_view text, size_t count) {
    while (count < text.size() && (static_cast<unsigned char>(text[count]) & 0xC0) == 0x80) ++count;
    return text.substr(0, count);
}

/// Printable and short enough to quote.
std::string quoted(std::string_view text) {
    const std::string_view shown = first_of(text, 60);
    std::string result = "\"";
    for (const char c : shown) result += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
    return result + (shown.size() < text.size() ? "...\"" : "\"");
}

/// A cursor over the text: words, separators and errors that point at where it stands.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    [[noreturn]] void fail(size_t place, const std::string& what) const {
        throw UsageError(quoted(text_) + ", character " + std::to_string(place + 1) + ": " + what);
    }
    size_t place() {
        while (at_ < text_.size() && space(text_[at_])) ++at_;
        return at_;
    }
    bool done() { return place() == text_.size(); }
    bool take(char c) {
        if (done() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    std::string_view word(const char* wanted) {
        const size_t begin = place(), end = std::min(text_.find_first_not_of(word_characters, begin), text_.size());
        if (begin == end) fail(begin, done() ? std::string(wanted) + " is missing" : "expected " + std::string(wanted) + ", not " + quoted(first_of(text_.substr(begin), 1)));
        at_ = end;
        return text_.substr(begin, end - begin);
    }

private:
    std::string_view text_;
    size_t at_ = 0;
};

Value value_of(std::string_view word) {
    if (auto number = core::read_number(word)) return *number;
    return std::string(word);
}

Kind kind_of(const Scanner& scan, size_t place, std::string_view name) {
    const std::span<const std::string_view> known(core::kind_names.data(), core::kind_names.size() - 1);
    for (size_t i = 0; i < known.size(); ++i)
        if (known[i] == name) return static_cast<Kind>(i);
    scan.fail(place, "unknown distribution " + quoted(name) + core::suggestion(name, known) +
                         " Allowed: uniform(a,b), log(a,b), beta(a,b), int(a,b), logint(a,b), pow2(a,b), choice(x,y,...) or a constant");
}

double bound(Scanner& scan) {
    const size_t place = scan.place();
    const auto word = scan.word("a number");
    const auto number = core::read_number(word);
    if (!number) scan.fail(place, quoted(word) + " is not a number");
    return *core::as_double(*number);
}

/// A number that reads back to the same kind of value: a whole double keeps its point.
std::string choice_text(const Value& value) {
    std::string text = to_string(value);
    const bool looks_whole = text.find_first_of(".e") == std::string::npos;
    return std::holds_alternative<double>(value) && looks_whole ? text + ".0" : text;
}

std::string bound_text(double v) {
    return v == std::floor(v) && std::abs(v) < 1e15 && !(v == 0 && std::signbit(v)) ? std::to_string(static_cast<int64_t>(v))
                                                                                    : to_string(Value{v});
}

} // namespace

Distribution parse_distribution(std::string_view text) {
    Scanner scan(text);
    if (text.size() > longest) scan.fail(longest, "too long; at most " + std::to_string(longest) + " characters");
    const size_t begin = scan.place();
    const auto name = scan.word("a value or a distribution such as log(1e-4,1)");
    if (scan.done()) return {Kind::constant, 0, 0, {value_of(name)}};

    const size_t opening = scan.place();
    if (!scan.take('(')) scan.fail(opening, "expected \"(\" or the end");
    Distribution d;
    d.kind = kind_of(scan, begin, name);
    const size_t inside = scan.place();
    if (d.kind == Kind::choice) {
        do d.choices.push_back(value_of(scan.word("a value")));
        while (scan.take(','));
    } else {
        d.low = bound(scan);
        const size_t comma = scan.place();
        if (!scan.take(',')) scan.fail(comma, std::string(name) + "(a,b) needs two numbers with a comma between them");
        d.high = bound(scan);
    }
    const size_t closing = scan.place();
    if (!scan.take(')')) scan.fail(closing, d.kind == Kind::choice ? "expected \",\" or \")\"" : "expected \")\"");
    if (!scan.done()) scan.fail(scan.place(), "nothing may follow the \")\"");
    if (const std::string what = core::problem(d); !what.empty()) scan.fail(inside, what);
    return d;
}

std::string to_string(const Distribution& d) {
    if (d.kind == Kind::constant) return d.choices.empty() ? "" : choice_text(d.choices.front());
    std::string text(core::kind_names[static_cast<size_t>(d.kind)]);
    text += '(';
    if (d.numeric()) return text + bound_text(d.low) + ',' + bound_text(d.high) + ')';
    for (size_t i = 0; i < d.choices.size(); ++i) {
        if (i) text += ',';
        text += choice_text(d.choices[i]);
    }
    return text + ")";
}

} // namespace caviar
