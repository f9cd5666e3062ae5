#include "host/study/filter.h"

#include "caviar/error.h"

#include <algorithm>
#include <cctype>

namespace caviar::study {

namespace {

constexpr size_t longest = 10'000;

class FilterReader {
public:
    explicit FilterReader(std::string_view text) : text_(text) {}

    std::vector<Comparison> all() {
        std::vector<Comparison> found;
        skip_spaces();
        if (at_ == text_.size()) return found;
        for (;;) {
            found.push_back(comparison());
            skip_spaces();
            if (at_ == text_.size()) return found;
            const size_t start = at_;
            if (lower(word()) != "and") fail(start, "expected `and` between two comparisons");
        }
    }

private:
    Comparison comparison() {
        skip_spaces();
        Comparison c;
        c.position = at_ + 1;
        c.name = word("_.");
        if (c.name.empty()) fail(at_, "expected a name");
        c.op = comparator();
        c.value = value();
        return c;
    }

    std::string comparator() {
        skip_spaces();
        const size_t start = at_;
        while (at_ < text_.size() && std::string_view("<>=!").find(text_[at_]) != std::string_view::npos) ++at_;
        const std::string_view op = text_.substr(start, at_ - start);
        if (op == "<" || op == "<=" || op == ">" || op == ">=" || op == "=") return std::string(op);
        if (op == "==") return "=";
        if (op == "!=" || op == "<>") return "<>";
        fail(start, "expected one of < <= > >= = !=");
    }

    std::string value() {
        skip_spaces();
        const size_t start = at_;
        if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"')) {
            const size_t end = text_.find(text_[at_], at_ + 1);
            if (end == std::string_view::npos) fail(start, "the quote is not closed");
            at_ = end + 1;
            return std::string(text_.substr(start + 1, end - start - 1));
        }
        while (at_ < text_.size() && !is_space(text_[at_])) ++at_;
        if (at_ == start) fail(start, "expected a value");
        return std::string(text_.substr(start, at_ - start));
    }

    std::string word(std::string_view also = "_") {
        const size_t start = at_;
        while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || also.find(text_[at_]) != std::string_view::npos)) ++at_;
        return std::string(text_.substr(start, at_ - start));
    }

    static std::string lower(std::string text) {
        std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return text;
    }
    static bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
    void skip_spaces() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }

    [[noreturn]] void fail(size_t position, const std::string& what) const {
        throw UsageError("filter \"" + std::string(text_) + "\": at character " + std::to_string(position + 1) + ": " + what +
                         "; for example \"learning_rate<0.01 and optimizer=adam\"");
    }

    std::string_view text_;
    size_t at_ = 0;
};

} // namespace

std::vector<Comparison> parse_filter(std::string_view text) {
    if (text.size() > longest) throw UsageError("the filter is longer than " + std::to_string(longest) + " characters");
    return FilterReader(text).all();
}

} // namespace caviar::study
