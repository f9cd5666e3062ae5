#include "host/data/split.h"

#include "host/data/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace caviar::data {

Split stratified_split(std::span<const int32_t> strata, int32_t count, double valid_share, double test_share, uint64_t seed) {
    std::vector<std::vector<int64_t>> members(static_cast<size_t>(count));
    for (size_t i = 0; i < strata.size(); ++i) members[static_cast<size_t>(strata[i])].push_back(static_cast<int64_t>(i));

    Random random(seed);
    Split split;
    double seen = 0;
    for (std::vector<int64_t>& rows : members) {
        random.shuffle(std::span(rows));
        seen += static_cast<double>(rows.size());
        // What is due is counted over all strata so far: small strata then still add up to the shares.
        const auto due = [&](double share, const std::vector<int64_t>& part, int64_t left) {
            const auto wanted = static_cast<int64_t>(std::llround(share * seen)) - static_cast<int64_t>(part.size());
            return std::clamp<int64_t>(wanted, 0, std::max<int64_t>(left, 0));
        };
        const auto rest = static_cast<int64_t>(rows.size()) - 1; // one row stays for training
        const int64_t valid = due(valid_share, split.valid, rest);
        const int64_t test = due(test_share, split.test, rest - valid);
        const auto first_test = rows.begin() + valid, first_train = first_test + test;
        split.valid.insert(split.valid.end(), rows.begin(), first_test);
        split.test.insert(split.test.end(), first_test, first_train);
        split.train.insert(split.train.end(), first_train, rows.end());
    }
    for (auto* part : {&split.train, &split.valid, &split.test}) std::sort(part->begin(), part->end());
    return split;
}

Split deal_out(Split split, std::span<const int32_t> strata, int32_t count, const Folds& folds, uint64_t seed) {
    std::vector<int64_t> rows = std::move(split.train);
    rows.insert(rows.end(), split.valid.begin(), split.valid.end());
    std::sort(rows.begin(), rows.end());
    std::vector<std::vector<int64_t>> members(static_cast<size_t>(count));
    for (const int64_t row : rows) members[static_cast<size_t>(strata[static_cast<size_t>(row)])].push_back(row);

    Random random(~seed); // not the draws that the split was made with
    Split dealt;
    dealt.test = std::move(split.test);
    int32_t next = 0; // goes on from stratum to stratum, so that small ones do not all begin with the first fold
    for (std::vector<int64_t>& stratum : members) {
        random.shuffle(std::span(stratum));
        for (const int64_t row : stratum) {
            (folds.valid == next ? dealt.valid : dealt.train).push_back(row);
            next = (next + 1) % folds.count;
        }
    }
    for (auto* part : {&dealt.train, &dealt.valid}) std::sort(part->begin(), part->end());
    return dealt;
}

std::vector<int32_t> quantiles(std::span<const float> values, int32_t count) {
    std::vector<int64_t> ranked(values.size());
    std::iota(ranked.begin(), ranked.end(), int64_t{0});
    std::stable_sort(ranked.begin(), ranked.end(),
                     [&](int64_t a, int64_t b) { return values[static_cast<size_t>(a)] < values[static_cast<size_t>(b)]; });
    std::vector<int32_t> result(values.size());
    for (size_t rank = 0; rank < ranked.size(); ++rank)
        result[static_cast<size_t>(ranked[rank])] = static_cast<int32_t>(rank * static_cast<size_t>(count) / ranked.size());
    return result;
}

} // namespace caviar::data
