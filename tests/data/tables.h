#pragma once
/// Tables made in the test.

#include "caviar/table.h"
#include "host/data/random.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace caviar::test {

inline Table from_csv(const std::string& text, const std::string& name = "t.csv") { return read_table_bytes(text, name); }

/// Columns: number (every 7th missing), level (a, b, c, sometimes missing), shifted (from 1000, all different up to 1009 rows), and the target.
inline Table mixed_table(int64_t rows, bool regression, uint64_t seed = 1) {
    data::Random random(seed);
    Table table;
    table.name = "mixed.csv";
    table.named = true;
    Column number, level, shifted, target;
    number.name = "number";
    level.name = "level";
    level.categorical = true;
    level.levels = {"b", "a", "c"};
    shifted.name = "shifted";
    target.name = "y";
    target.categorical = !regression;
    if (!regression) target.levels = {"no", "yes"};
    for (int64_t r = 0; r < rows; ++r) {
        const auto x = static_cast<float>(random.uniform());
        number.numbers.push_back(r % 7 == 3 ? std::numeric_limits<float>::quiet_NaN() : x);
        level.codes.push_back(static_cast<int32_t>(random.below(4)) - 1);
        shifted.numbers.push_back(1000 + static_cast<float>(r * 89 % 1009) / 1024);
        if (regression) target.numbers.push_back(3 * x + static_cast<float>(random.uniform()));
        else target.codes.push_back(random.uniform() < 0.3);
    }
    table.columns = {number, level, shifted, target};
    return table;
}

} // namespace caviar::test
