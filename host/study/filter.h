#pragma once
/// The language of TrialQuery::filter: comparisons joined by `and`.

#include "caviar/hyperparameters.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace caviar::study {

struct Comparison {
    std::string name;
    std::string op;        ///< as SQL writes it: < <= > >= = <>
    std::string value;     ///< as written, without quotes
    size_t position = 0;   ///< of the name in the text, from 1
};

/// Throws UsageError with the place in the text. Never recurses; the text's length is bounded.
std::vector<Comparison> parse_filter(std::string_view text);

} // namespace caviar::study
