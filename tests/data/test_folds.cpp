// Folds: who validates, who trains, and that neither is learnt from where it must not be.

#include "host/data/split.h"
#include "tests/data/expect_error.h"
#include "tests/data/tables.h"

#include "caviar/preprocessing.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace caviar::test {
namespace {

using data::Split;

PrepareOptions in_folds(int32_t count, std::optional<int32_t> valid = {}) {
    PrepareOptions options;
    options.target = "y";
    options.scalings = {Scaling::none, Scaling::standardize};
    options.folds = {count, valid};
    return options;
}

/// Rows by their class: 7 of the first, 33, 61.
std::vector<int32_t> some_strata() {
    std::vector<int32_t> strata(7, 0);
    strata.insert(strata.end(), 33, 1);
    strata.insert(strata.end(), 61, 2);
    return strata;
}

std::vector<int64_t> together(std::vector<int64_t> a, const std::vector<int64_t>& b) {
    a.insert(a.end(), b.begin(), b.end());
    std::sort(a.begin(), a.end());
    return a;
}

/// What tells them apart is the last feature.
std::vector<float> test_rows(const Prepared& prepared) {
    const Matrix& raw = prepared.dataset.with(Scaling::none).test;
    std::vector<float> rows;
    for (int64_t r = 0; r < raw.rows; ++r) rows.push_back(raw.row(r)[raw.columns - 1]);
    return rows;
}

TEST(Folds, AreAStratifiedPartitionOfAllButTheTestRows) {
    const std::vector<int32_t> strata = some_strata();
    const Split split = data::stratified_split(strata, 3, 0.2, 0.2, 5);
    const std::vector<int64_t> all = together(split.train, split.valid);
    for (const int32_t count : {2, 3, 5, 10}) {
        std::vector<int64_t> validated;
        std::set<size_t> sizes;
        std::vector<std::set<int64_t>> of_stratum(3);
        for (int32_t fold = 0; fold < count; ++fold) {
            const Split s = data::deal_out(split, strata, 3, {count, fold}, 5);
            EXPECT_EQ(s.test, split.test);
            EXPECT_EQ(together(s.train, s.valid), all);
            validated = together(validated, s.valid);
            sizes.insert(s.valid.size());
            for (int32_t c = 0; c < 3; ++c)
                of_stratum[static_cast<size_t>(c)].insert(std::count_if(s.valid.begin(), s.valid.end(), [&](int64_t r) { return strata[static_cast<size_t>(r)] == c; }));
            const Split again = data::deal_out(split, strata, 3, {count, fold}, 5), other = data::deal_out(split, strata, 3, {count, fold}, 6);
            EXPECT_EQ(again.valid, s.valid);
            EXPECT_NE(other.valid, s.valid);
        }
        EXPECT_EQ(validated, all) << "each row validates once";
        EXPECT_LE(*sizes.rbegin() - *sizes.begin(), 1u);
        for (const auto& counts : of_stratum) EXPECT_LE(*counts.rbegin() - *counts.begin(), 1);
    }
    const Split whole = data::deal_out(split, strata, 3, {5, {}}, 5);
    EXPECT_EQ(whole.train, all);
    EXPECT_TRUE(whole.valid.empty());
}

TEST(Folds, EachIsPreparedAsIfThereWereNoOther) {
    for (const bool regression : {false, true}) {
        const Table table = mixed_table(101, regression);
        const Prepared whole = prepare(table, in_folds(4)), plain = prepare(table, in_folds(0));
        ASSERT_EQ(whole.folds.size(), 4u);
        EXPECT_TRUE(plain.folds.empty());
        EXPECT_EQ(whole.dataset.rows(Part::valid), 0);
        EXPECT_EQ(test_rows(whole), test_rows(plain));
        std::set<std::string> fingerprints{whole.dataset.fingerprint, plain.dataset.fingerprint};
        int64_t validated = 0;
        for (int32_t fold = 0; fold < 4; ++fold) {
            const Prepared& one = whole.folds[static_cast<size_t>(fold)];
            const Prepared alone = prepare(table, in_folds(4, fold));
            EXPECT_TRUE(alone.folds.empty());
            EXPECT_EQ(alone.dataset.fingerprint, one.dataset.fingerprint);
            EXPECT_EQ(alone.preprocessing, one.preprocessing);
            EXPECT_EQ(one.dataset.rows(Part::train) + one.dataset.rows(Part::valid), whole.dataset.rows(Part::train));
            validated += one.dataset.rows(Part::valid);
            fingerprints.insert(one.dataset.fingerprint);
        }
        EXPECT_EQ(validated, whole.dataset.rows(Part::train));
        EXPECT_EQ(fingerprints.size(), 6u);
        EXPECT_NE(prepare(table, in_folds(3)).dataset.fingerprint, whole.dataset.fingerprint);
    }
}

TEST(Folds, StatisticsAreOfTheRowsThatTrain) {
    const Prepared whole = prepare(mixed_table(90, true), in_folds(3));
    std::set<double> means;
    for (const Prepared& fold : whole.folds) {
        const Matrix& raw = fold.dataset.with(Scaling::none).train;
        for (int32_t c = 0; c < raw.columns; ++c) {
            double mean = 0;
            for (int64_t r = 0; r < raw.rows; ++r) mean += raw.row(r)[c] / static_cast<double>(raw.rows);
            EXPECT_NEAR(fold.preprocessing.mean[static_cast<size_t>(c)], mean, 1e-6 * (1 + std::abs(mean))); // a float, summed in another order
        }
        const auto& targets = fold.dataset.train_targets;
        EXPECT_NEAR(std::accumulate(targets.begin(), targets.end(), 0.0) / static_cast<double>(targets.size()), 0, 1e-6); // of floats
        means.insert(fold.dataset.target_mean);
    }
    means.insert(whole.dataset.target_mean);
    EXPECT_EQ(means.size(), 4u);
}

TEST(Folds, WhatValidatesLeavesNoTrace) {
    const Table table = mixed_table(90, false);
    const Prepared before = prepare(table, in_folds(3));
    // `shifted` tells the rows apart: those of fold 1 get other numbers and a word that no other row has.
    const Prepared& fold = before.folds[1];
    const Matrix& raw = fold.dataset.with(Scaling::none).valid;
    const int32_t column = raw.columns - 1; // of `shifted`
    std::set<float> rows;
    for (int64_t r = 0; r < raw.rows; ++r) rows.insert(raw.row(r)[column]);
    ASSERT_EQ(std::ssize(rows), raw.rows);
    const auto offset = static_cast<float>(fold.preprocessing.columns.back().offset);
    Table changed = table;
    changed.columns[1].levels.push_back("only here");
    int64_t found = 0;
    for (size_t r = 0; r < 90; ++r) {
        if (!rows.contains(table.columns[2].numbers[r] - offset)) continue;
        ++found;
        changed.columns[0].numbers[r] = found % 2 ? 1e6f : std::numeric_limits<float>::quiet_NaN();
        changed.columns[1].codes[r] = 3;
    }
    ASSERT_EQ(found, raw.rows);
    const Prepared after = prepare(changed, in_folds(3));
    EXPECT_EQ(after.folds[1].preprocessing, fold.preprocessing);
    for (const Scaling scaling : {Scaling::none, Scaling::standardize}) {
        EXPECT_EQ(after.folds[1].dataset.with(scaling).train.values, fold.dataset.with(scaling).train.values);
        EXPECT_NE(after.folds[1].dataset.with(scaling).valid.values, fold.dataset.with(scaling).valid.values);
    }
    EXPECT_NE(after.folds[0].preprocessing, before.folds[0].preprocessing) << "there these rows train";
}

TEST(Folds, OfDataForAModelKeepItsPreprocessing) {
    const Prepared model = prepare(mixed_table(200, true), in_folds(0));
    const Prepared whole = prepare_as(model.preprocessing, Scaling::standardize, model.preprocessing.features(), mixed_table(100, true, 3), in_folds(3));
    ASSERT_EQ(whole.folds.size(), 3u);
    for (const Prepared& fold : whole.folds) EXPECT_EQ(fold.preprocessing.mean, model.preprocessing.mean);
    EXPECT_NE(whole.folds[0].dataset.fingerprint, whole.folds[1].dataset.fingerprint);
}

TEST(Folds, OfBuiltInData) {
    const Prepared digits = builtin("digits", {Scaling::none}, 1, {3, {}});
    ASSERT_EQ(digits.folds.size(), 3u);
    EXPECT_EQ(digits.folds[2].dataset.fingerprint, builtin("digits", {Scaling::none}, 1, {3, 2}).dataset.fingerprint);
    EXPECT_ERROR((void)builtin("convex", {Scaling::none}, 1, {3, {}}), UsageError, "validation rows of its own");
}

TEST(Folds, SayWhatIsWrong) {
    const Table table = mixed_table(60, false);
    EXPECT_ERROR((void)prepare(table, in_folds(1)), UsageError, "at least 2 folds");
    EXPECT_ERROR((void)prepare(table, in_folds(0, 0)), UsageError, "fold: there are none");
    EXPECT_ERROR((void)prepare(table, in_folds(3, 3)), UsageError, "3 is none of the 3");
    EXPECT_ERROR((void)prepare(table, in_folds(3), &table), UsageError, "no validation rows of their own");
    PrepareOptions shares = in_folds(3);
    shares.valid_share = 0.1;
    EXPECT_ERROR((void)prepare(table, shares), UsageError, "valid_share");
    EXPECT_ERROR((void)prepare(table, in_folds(49)), DataError, "too few to validate and train on in 49 folds");

    std::string text = "x,y\n";
    for (int i = 0; i < 40; ++i) text += std::to_string(i * i % 17) + (i % 10 == 0 ? ",yes\n" : ",no\n");
    EXPECT_ERROR((void)prepare(from_csv(text), in_folds(5)), DataError, "each needs rows of both classes");
    for (int i = 0; i < 40; ++i) text += std::to_string(i * i % 19) + ",perhaps\n";
    const Prepared whole = prepare(from_csv(text), in_folds(5));
    EXPECT_THAT(whole.warnings, testing::Contains(testing::HasSubstr("some have none of it to validate on")));
}

} // namespace
} // namespace caviar::test
