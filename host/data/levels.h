#pragma once
/// The distinct texts of a column, numbered in order of first appearance.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caviar::data {

/// An open-addressing hash table of positions in `names`; the texts themselves are stored once.
class Levels {
public:
    /// -1 where the text is not there.
    int32_t find(std::string_view text) const {
        if (slots_.empty()) return -1;
        return slots_[slot(text)];
    }
    /// The number of the text, which is added where it is new.
    int32_t add(std::string_view text) {
        if (2 * (names_.size() + 1) > slots_.size()) grow();
        int32_t& number = slots_[slot(text)];
        if (number < 0) {
            number = static_cast<int32_t>(names_.size());
            names_.emplace_back(text);
            bytes_ += sizeof(std::string) + 2 * sizeof(int32_t) + (text.size() > 15 ? text.size() : 0); // 15: kept in the string itself
        }
        return number;
    }
    const std::vector<std::string>& names() const { return names_; }
    size_t bytes() const { return bytes_; } ///< of memory, about
    std::vector<std::string> take() && { return std::move(names_); }

private:
    size_t slot(std::string_view text) const {
        const size_t mask = slots_.size() - 1; // a power of two
        size_t at = std::hash<std::string_view>{}(text) & mask;
        while (slots_[at] >= 0 && names_[static_cast<size_t>(slots_[at])] != text) at = (at + 1) & mask;
        return at;
    }
    void grow() {
        slots_.assign(slots_.empty() ? 16 : 2 * slots_.size(), -1);
        for (size_t i = 0; i < names_.size(); ++i) slots_[slot(names_[i])] = static_cast<int32_t>(i);
    }

    std::vector<int32_t> slots_;
    std::vector<std::string> names_;
    size_t bytes_ = 0;
};

} // namespace caviar::data
