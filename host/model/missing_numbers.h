#pragma once
/// Words such as -999 that stand for a missing value, for programs that are given numbers.

#include "caviar/model.h"
#include "host/data/number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace caviar::model {

/// The finite numbers among Model::missing, ascending. A decimal fraction stands here as the double and as the float next to it: which of them a
/// program has depends on how it read its table.
inline std::vector<double> missing_numbers(const Model& m) {
    std::vector<double> numbers;
    for (const std::string& word : m.missing) {
        const auto number = data::exact_number_of(word);
        if (!number || !std::isfinite(*number)) continue;
        numbers.push_back(*number);
        double nearest = *number;
        std::from_chars(word.data() + (word.front() == '+'), word.data() + word.size(), nearest);
        numbers.push_back(nearest);
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

} // namespace caviar::model
