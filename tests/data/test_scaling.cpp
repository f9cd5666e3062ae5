#include "caviar/preprocessing.h"
#include "tests/data/expect_error.h"
#include "tests/data/tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cfloat>

namespace caviar {
namespace {

using namespace test;

const std::vector<Scaling> all_scalings = {Scaling::none, Scaling::standardize, Scaling::pca};

Prepared prepared(const Table& table, uint64_t seed = 1) {
    PrepareOptions options;
    options.target = "y";
    options.seed = seed;
    options.scalings = all_scalings;
    return prepare(table, options);
}

/// The rows of the table that a part holds, found by the target-free column `shifted`, whose values are all different.
Table rows_of(const Table& table, const Prepared& p, Part part) {
    const Matrix& raw = p.dataset.with(Scaling::none).part(part);
    Table result = table;
    for (Column& column : result.columns) column.numbers.clear(), column.codes.clear();
    for (int64_t r = 0; r < raw.rows; ++r) {
        const float key = raw.row(r)[raw.columns - 1];
        const auto& keys = table.columns[2].numbers;
        const auto at = static_cast<size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin());
        for (size_t c = 0; c < table.columns.size(); ++c) {
            const Column& from = table.columns[c];
            if (from.categorical) result.columns[c].codes.push_back(from.codes.at(at));
            else result.columns[c].numbers.push_back(from.numbers.at(at));
        }
    }
    return result;
}

TEST(Scaling, ApplyGivesTheDataSetBitForBit) {
    for (const bool regression : {false, true}) {
        const Table table = mixed_table(211, regression);
        const Prepared p = prepared(table);
        const Preprocessing read_back = preprocessing_from_json(to_json(p.preprocessing));
        for (const Part part : {Part::train, Part::valid, Part::test}) {
            const Table rows = rows_of(table, p, part);
            for (const Scaling scaling : all_scalings) {
                const Matrix& expected = p.dataset.with(scaling).part(part);
                for (const Preprocessing& preprocessing : {p.preprocessing, read_back}) {
                    const Matrix m = preprocessing.apply(rows, scaling);
                    EXPECT_EQ(m.rows, expected.rows);
                    EXPECT_EQ(m.columns, expected.columns);
                    EXPECT_EQ(m.values, expected.values); // == on floats: no NaN can be there
                }
                if (scaling != Scaling::pca) continue;
                const Matrix two = p.preprocessing.apply(rows, scaling, 2);
                ASSERT_EQ(two.columns, 2);
                for (int64_t r = 0; r < two.rows; ++r)
                    for (int c = 0; c < 2; ++c) EXPECT_EQ(two.row(r)[c], expected.row(r)[c]);
            }
        }
    }
}

TEST(Scaling, StandardisedTrainingFeaturesHaveMeanZeroAndVarianceOne) {
    const Prepared p = prepared(mixed_table(211, true));
    const Matrix& train = p.dataset.with(Scaling::standardize).train;
    for (int32_t c = 0; c < train.columns; ++c) {
        double mean = 0, squares = 0;
        for (int64_t r = 0; r < train.rows; ++r) mean += train.row(r)[c];
        mean /= static_cast<double>(train.rows);
        for (int64_t r = 0; r < train.rows; ++r) squares += (train.row(r)[c] - mean) * (train.row(r)[c] - mean);
        // The stored mean is a float: it is off by up to half an ulp, which counts in units of the scale; z itself is rounded, too.
        const auto k = static_cast<size_t>(c);
        const double off = std::fabs(p.preprocessing.mean[k]) / p.preprocessing.scale[k] * FLT_EPSILON + 4 * FLT_EPSILON;
        EXPECT_NEAR(mean, 0, off) << c;
        EXPECT_NEAR(squares / static_cast<double>(train.rows), 1, 2 * off + 4 * FLT_EPSILON) << c;
    }
    double mean = 0, squares = 0;
    for (const float t : p.dataset.train_targets) mean += t, squares += static_cast<double>(t) * t;
    const auto n = static_cast<double>(p.dataset.train_targets.size());
    EXPECT_NEAR(mean / n, 0, 4 * FLT_EPSILON);
    EXPECT_NEAR(squares / n, 1, 8 * FLT_EPSILON);
}

/// Whatever stands in the validation and test rows, what is fitted stays.
TEST(Scaling, FittedOnTheTrainingRowsOnly) {
    const Table table = mixed_table(211, false);
    const Prepared before = prepared(table);
    Table changed = table;
    for (const Part part : {Part::valid, Part::test}) {
        const Table rows = rows_of(table, before, part);
        for (const float key : rows.columns[2].numbers) {
            auto& keys = changed.columns[2].numbers;
            const auto at = static_cast<size_t>(std::find(table.columns[2].numbers.begin(), table.columns[2].numbers.end(), key) - table.columns[2].numbers.begin());
            keys[at] = -1e6f;
            changed.columns[0].numbers[at] = 1e9f;
            changed.columns[1].codes[at] = 3;
        }
    }
    changed.columns[1].levels.push_back("never in training");
    const Prepared after = prepared(changed);
    EXPECT_EQ(after.preprocessing, before.preprocessing);
    EXPECT_EQ(after.dataset.with(Scaling::pca).train.values, before.dataset.with(Scaling::pca).train.values);
    EXPECT_NE(after.dataset.fingerprint, before.dataset.fingerprint);
}

/// Covariance of the whitened training rows, in double: the identity.
void expect_white(const Prepared& p) {
    const Matrix& z = p.dataset.with(Scaling::pca).train;
    const Preprocessing& pre = p.preprocessing;
    const auto features = static_cast<size_t>(pre.features());
    ASSERT_EQ(z.columns, pre.kept);
    // z is a float sum of (x - mean) * component over the features: its rounding error is at most features * eps * the sum of the terms'
    // magnitudes (Higham, Accuracy and Stability, eq. 3.5); the components and x - mean are rounded once each.
    std::vector<double> bound(static_cast<size_t>(z.columns));
    const Matrix& raw = p.dataset.with(Scaling::none).train;
    for (int64_t r = 0; r < raw.rows; ++r)
        for (size_t k = 0; k < bound.size(); ++k) {
            double magnitude = 0;
            for (size_t f = 0; f < features; ++f)
                magnitude += std::fabs(double{raw.row(r)[f]} - pre.mean[f]) * std::fabs(pre.components[f * bound.size() + k]);
            bound[k] = std::max(bound[k], static_cast<double>(features + 3) * FLT_EPSILON * magnitude);
        }
    // The eigenvalues and vectors are exact for a covariance within features * eps of ours, relative to the largest variance; dividing by
    // the smallest kept, 1e-8 of it, magnifies that.
    const double solver = static_cast<double>(features) * DBL_EPSILON * 1e8;
    for (size_t a = 0; a < bound.size(); ++a)
        for (size_t b = 0; b <= a; ++b) {
            double sum = 0;
            for (int64_t r = 0; r < z.rows; ++r) sum += static_cast<double>(z.row(r)[a]) * z.row(r)[b];
            // |E[(za + ea)(zb + eb)] - E[za zb]| <= ea E|zb| + eb E|za| + ea eb, and E|z| <= 1.
            ASSERT_NEAR(sum / static_cast<double>(z.rows), a == b, bound[a] + bound[b] + bound[a] * bound[b] + solver) << a << " " << b;
        }
}

TEST(Pca, TrainingCovarianceIsTheIdentity) {
    expect_white(prepared(mixed_table(211, true)));
    expect_white(builtin("digits", all_scalings));
}

TEST(Pca, ComponentsAreSortedSignedAndLinearlyIndependent) {
    const Prepared p = builtin("digits", all_scalings);
    const Preprocessing& pre = p.preprocessing;
    EXPECT_EQ(pre.kept, 61); // three of the 64 pixels are white in all training rows
    const std::vector<double>& share = p.dataset.with(Scaling::pca).cumulative_variance;
    ASSERT_EQ(share.size(), 61u);
    for (size_t k = 1; k < share.size(); ++k) {
        EXPECT_GT(share[k], share[k - 1]);
        const double before = share[k - 1] - (k >= 2 ? share[k - 2] : 0);
        EXPECT_LE(share[k] - share[k - 1], before * (1 + 1e-9)) << k; // in order of variance
    }
    EXPECT_NEAR(share.back(), 1, 1e-12);
    for (int32_t k = 0; k < pre.kept; ++k) {
        float largest = 0;
        for (int32_t f = 0; f < 64; ++f)
            if (const float entry = pre.components[static_cast<size_t>(f * pre.kept + k)]; std::fabs(entry) > std::fabs(largest)) largest = entry;
        EXPECT_GT(largest, 0) << k;
    }
    EXPECT_EQ(builtin("digits", all_scalings).dataset.fingerprint, p.dataset.fingerprint);
}

/// Two features, one a thousand times the other: what is kept must not hang on the unit.
TEST(Pca, DoesNotHangOnTheUnit) {
    Table table = mixed_table(211, true);
    const Prepared before = prepared(table);
    for (float& x : table.columns[2].numbers) x *= 1024; // exact
    const Prepared after = prepared(table);
    EXPECT_EQ(after.preprocessing.kept, before.preprocessing.kept);
    const auto& a = before.dataset.with(Scaling::pca).cumulative_variance;
    const auto& b = after.dataset.with(Scaling::pca).cumulative_variance;
    for (size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], 1e-6); // the stored scale is a float
}

TEST(Scaling, AConstantFeatureHasScaleOne) {
    // The level "rare" is in no training row: its unknown feature is constant there, and the scaled value stays finite elsewhere.
    std::string text = "c,x,y\n";
    for (int i = 0; i < 40; ++i) text += std::string(i % 2 ? "a," : "b,") + std::to_string(i * 37 % 11) + "," + std::to_string(i % 2) + "\n";
    PrepareOptions options;
    options.target = "y";
    const Prepared p = prepare(from_csv(text), options);
    EXPECT_EQ(p.preprocessing.scale[2], 1);
    const Matrix m = p.preprocessing.apply(from_csv("c,x\nnew,3\nold,4\n"), Scaling::standardize);
    EXPECT_EQ(m.row(0)[2], 1);
}

TEST(Scaling, EnormousValuesStayFinite) {
    std::string text = "x,w,y\n";
    for (int i = 0; i < 40; ++i) text += std::string(i % 3 ? "3.4e38," : "-3.4e38,") + std::to_string(i % 5) + "e-45," + std::to_string(i % 2) + "\n";
    PrepareOptions options;
    options.target = "y";
    options.scalings = all_scalings;
    const Prepared p = prepare(from_csv(text), options);
    for (const Scaling scaling : all_scalings)
        for (const float x : p.dataset.with(scaling).train.values) ASSERT_TRUE(std::isfinite(x)) << to_string(scaling);
}

TEST(Pca, ErrorsSayWhatToDo) {
    const Prepared p = prepare(mixed_table(50, true), [] {
        PrepareOptions options;
        options.target = "y";
        return options;
    }());
    EXPECT_ERROR(p.preprocessing.apply(mixed_table(5, true), Scaling::pca), UsageError, "scaling=pca was not prepared");
}

} // namespace
} // namespace caviar
