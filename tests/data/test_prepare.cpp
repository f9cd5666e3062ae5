#include "caviar/preprocessing.h"
#include "host/data/encode.h"
#include "host/data/prepare.h"
#include "host/data/split.h"
#include "tests/data/expect_error.h"
#include "tests/data/tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace caviar {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace test;

PrepareOptions options(const std::string& target, std::vector<Scaling> scalings = {Scaling::none}) {
    PrepareOptions result;
    result.target = target;
    result.scalings = std::move(scalings);
    return result;
}

/// A table whose first column is the row's number, so that the rows of a part can be told; `target` is the last column.
Table numbered(const std::vector<std::string>& targets) {
    std::string text = "n,y\n";
    for (size_t r = 0; r < targets.size(); ++r) text += std::to_string((r * 7919) % 104729) + "," + targets[r] + "\n";
    return from_csv(text);
}

TEST(Split, IsDisjointCompleteAndStratified) {
    for (const auto& [valid, test] : std::vector<std::pair<double, double>>{{0.2, 0.2}, {0.1, 0}, {0.5, 0.3}, {0.37, 0.11}}) {
        std::vector<int32_t> strata;
        const std::vector<int> sizes = {100, 50, 7, 3, 2, 1};
        for (size_t s = 0; s < sizes.size(); ++s) strata.insert(strata.end(), static_cast<size_t>(sizes[s]), static_cast<int32_t>(s));
        const data::Split split = data::stratified_split(strata, 6, valid, test, 1);
        std::vector<int64_t> all;
        for (const auto* part : {&split.train, &split.valid, &split.test}) {
            EXPECT_TRUE(std::is_sorted(part->begin(), part->end()));
            all.insert(all.end(), part->begin(), part->end());
        }
        std::sort(all.begin(), all.end());
        std::vector<int64_t> expected(strata.size());
        std::iota(expected.begin(), expected.end(), 0);
        EXPECT_EQ(all, expected);
        for (int32_t s = 0; s < 6; ++s) {
            const auto count = [&](const std::vector<int64_t>& part) {
                return std::count_if(part.begin(), part.end(), [&](int64_t r) { return strata[static_cast<size_t>(r)] == s; });
            };
            EXPECT_GE(count(split.train), 1) << s;
            if (sizes[static_cast<size_t>(s)] < 7) continue;
            // Rounding of the sum so far, here and before: less than a row each.
            EXPECT_NEAR(static_cast<double>(count(split.valid)), valid * sizes[static_cast<size_t>(s)], 1) << s;
            EXPECT_NEAR(static_cast<double>(count(split.test)), test * sizes[static_cast<size_t>(s)], 1) << s;
        }
    }
}

TEST(Split, IsAFunctionOfTheSeed) {
    const std::vector<int32_t> strata(1000, 0);
    const data::Split a = data::stratified_split(strata, 1, 0.2, 0.2, 1), b = data::stratified_split(strata, 1, 0.2, 0.2, 2);
    EXPECT_EQ(a.valid, data::stratified_split(strata, 1, 0.2, 0.2, 1).valid);
    EXPECT_NE(a.valid, b.valid);
    EXPECT_EQ(a.valid.size(), 200u);
    // Fixed for good: a study's data must split the same on every machine and after every update.
    EXPECT_THAT(std::vector<int64_t>(a.valid.begin(), a.valid.begin() + 5), ElementsAre(1, 2, 5, 7, 8));
}

TEST(Split, RegressionIsStratifiedByDecile) {
    std::vector<float> values;
    for (int i = 0; i < 1000; ++i) values.push_back(static_cast<float>((i * 617) % 1000));
    const std::vector<int32_t> tenths = data::quantiles(values, 10);
    for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(tenths[i], static_cast<int32_t>(values[i] / 100));
    const Table table = numbered([&] {
        std::vector<std::string> texts;
        for (const float v : values) texts.push_back(std::to_string(v / 8));
        return texts;
    }());
    const Prepared p = prepare(table, options("y"));
    EXPECT_EQ(p.dataset.task, Task::regression);
    for (const auto* part : {&p.dataset.train_targets, &p.dataset.valid_targets, &p.dataset.test_targets}) {
        std::vector<int> count(10);
        for (const float t : *part) ++count[std::min<size_t>(9, static_cast<size_t>((p.dataset.target_mean + p.dataset.target_scale * t) * 8 / 100 + 1e-3))];
        for (const int n : count) EXPECT_EQ(n, static_cast<int>(part->size()) / 10);
    }
}

TEST(Prepare, SplitsTheRowsOfTheTable) {
    std::vector<std::string> labels;
    for (int i = 0; i < 50; ++i) labels.push_back(i % 5 ? "no" : "yes");
    const Table table = numbered(labels);
    const Prepared p = prepare(table, options("y"));
    const Dataset& d = p.dataset;
    EXPECT_EQ(d.name, "t.csv");
    EXPECT_EQ(d.task, Task::binary);
    EXPECT_THAT(d.classes, ElementsAre("no", "yes"));
    EXPECT_EQ(d.rows(Part::train), 30);
    EXPECT_EQ(d.rows(Part::valid), 10);
    EXPECT_EQ(d.rows(Part::test), 10);
    std::map<float, float> label_of; // by the row's number
    for (size_t r = 0; r < 50; ++r) label_of[table.columns[0].numbers[r]] = labels[r] == "yes";
    std::set<float> seen;
    for (const Part part : {Part::train, Part::valid, Part::test}) {
        const Matrix& m = d.with(Scaling::none).part(part);
        ASSERT_EQ(m.rows, d.rows(part));
        ASSERT_EQ(m.columns, 1);
        for (int64_t r = 0; r < m.rows; ++r) {
            EXPECT_TRUE(seen.insert(*m.row(r)).second);
            EXPECT_EQ(d.targets(part)[static_cast<size_t>(r)], label_of.at(*m.row(r)));
        }
    }
    EXPECT_EQ(seen.size(), 50u);
}

TEST(Prepare, InfersTheTask) {
    const auto inferred = [](std::vector<std::string> pattern, int rows) {
        std::vector<std::string> targets;
        for (int i = 0; i < rows; ++i) targets.push_back(pattern[static_cast<size_t>(i) % pattern.size()]);
        return prepare(numbered(targets), options("y")).dataset;
    };
    EXPECT_EQ(inferred({"0", "1"}, 20).task, Task::binary);
    EXPECT_EQ(inferred({"7", "9"}, 20).task, Task::binary);
    EXPECT_EQ(inferred({"yes", "no", "maybe"}, 30).task, Task::multiclass);
    EXPECT_EQ(inferred({"1.5", "2.5"}, 20).task, Task::regression);
    EXPECT_EQ(inferred({"3", "4", "5", "6"}, 40).task, Task::regression); // ratings
    EXPECT_EQ(inferred({"0", "1", "2", "3"}, 19).task, Task::regression); // too few rows for four classes
    EXPECT_THAT(inferred({"10", "1", "2", "9"}, 40).classes, ElementsAre("1", "2", "9", "10"));    // numbers in their order
    EXPECT_THAT(inferred({"10", "x", "2"}, 40).classes, ElementsAre("10", "2", "x"));              // texts in theirs
    PrepareOptions forced = options("y");
    forced.task = Task::multiclass;
    const Prepared p = prepare(numbered({"3", "4", "5", "3", "4", "5", "3", "4", "5", "3", "4", "5"}), forced);
    EXPECT_THAT(p.dataset.classes, ElementsAre("3", "4", "5"));
    EXPECT_EQ(p.dataset.outputs(Loss::softmax_cross_entropy), 3);
}

TEST(Prepare, OneHotWithUnknownAndMissing) {
    std::string text = "c,n,y\n";
    for (int i = 0; i < 60; ++i) text += std::string(i % 3 == 0 ? "red" : i % 3 == 1 ? "blue" : "?") + "," + std::to_string(i * i) + "," + std::to_string(i % 2) + "\n";
    const Prepared p = prepare(from_csv(text), options("y"));
    const ColumnEncoding& colour = p.preprocessing.columns[0];
    EXPECT_TRUE(colour.categorical);
    EXPECT_THAT(colour.levels, ElementsAre("blue", "red"));
    const Matrix m = p.preprocessing.apply(from_csv("n,c\n1,red\n2,blue\n3,green\n4,\n"), Scaling::none);
    ASSERT_EQ(m.columns, 4);
    EXPECT_THAT(m.values, ElementsAre(0, 1, 0, 1, 1, 0, 0, 2, 0, 0, 1, 3, 0, 0, 1, 4));
}

TEST(Prepare, ImputesWithTheTrainingMean) {
    const Prepared p = prepare(mixed_table(70, false), options("y"));
    const ColumnEncoding& number = p.preprocessing.columns[0];
    EXPECT_TRUE(number.missing_indicator);
    const Matrix& train = p.dataset.with(Scaling::none).train;
    double sum = 0;
    int64_t present = 0;
    for (int64_t r = 0; r < train.rows; ++r) {
        if (train.row(r)[1] == 1) EXPECT_EQ(train.row(r)[0], number.fill);
        else sum += train.row(r)[0], ++present;
    }
    EXPECT_LT(present, train.rows);
    EXPECT_FLOAT_EQ(number.fill, static_cast<float>(sum / static_cast<double>(present)));
    EXPECT_FALSE(p.preprocessing.columns[2].missing_indicator);
    // Missing for the first time in new rows: the mean, and no feature that training never saw.
    Table fresh = mixed_table(1, false);
    fresh.columns[2].numbers[0] = std::numeric_limits<float>::quiet_NaN();
    const Matrix m = p.preprocessing.apply(fresh, Scaling::none);
    EXPECT_EQ(m.row(0)[m.columns - 1], p.preprocessing.columns[2].fill);
}

TEST(Prepare, DropsWhatIsOfNoUseAndSaysSo) {
    std::string text = "id,constant,empty,row,x,y\n";
    for (int i = 0; i < 40; ++i)
        text += "user" + std::to_string(i) + ",7,?," + std::to_string(i) + "," + std::to_string(i * i % 17) + "," + (i == 5 ? "" : std::to_string(i % 2)) + "\n";
    PrepareOptions o = options("y");
    const Prepared p = prepare(from_csv(text), o);
    ASSERT_EQ(p.preprocessing.columns.size(), 2u);
    EXPECT_EQ(p.preprocessing.columns[1].name, "x");
    EXPECT_THAT(p.warnings, Contains(HasSubstr("1 row without a target dropped")));
    EXPECT_THAT(p.warnings, Contains(HasSubstr("identifiers predict nothing: id")));
    EXPECT_THAT(p.warnings, Contains(HasSubstr("constant over the training rows dropped: constant")));
    EXPECT_THAT(p.warnings, Contains(HasSubstr("without any value in the training rows dropped: empty")));
    EXPECT_THAT(p.warnings, Contains(HasSubstr("may only number the rows kept: row")));
    o.drop = {"row", "id"};
    const Prepared less = prepare(from_csv(text), o);
    EXPECT_EQ(less.preprocessing.columns.size(), 1u);
    EXPECT_EQ(less.dataset.rows(Part::train) + less.dataset.rows(Part::valid) + less.dataset.rows(Part::test), 39);
    o.drop = {"x", "row"};
    EXPECT_ERROR(prepare(from_csv(text), o), DataError, "no usable column beside the target");
    o.drop = {"y"};
    EXPECT_ERROR(prepare(from_csv(text), o), UsageError, "cannot be dropped");
    o.drop = {"z"};
    EXPECT_ERROR(prepare(from_csv(text), o), UsageError, "no column 'z'");
}

TEST(Prepare, KeepsTheMostFrequentLevels) {
    std::string text = "c,y\n";
    for (int i = 0; i < 300; ++i) text += std::string(1, static_cast<char>('a' + std::min({i % 10, i % 7, 5}))) + "," + std::to_string(i % 2) + "\n";
    PrepareOptions o = options("y");
    o.max_levels = 3;
    const Prepared p = prepare(from_csv(text), o);
    const Table table = from_csv(text);
    EXPECT_EQ(p.preprocessing.columns[0].levels.size(), 3u);
    EXPECT_EQ(p.preprocessing.features(), 4);
    EXPECT_THAT(p.warnings, Contains(HasSubstr("more than 3 levels")));
    std::map<std::string, int> count;
    for (const int32_t code : table.columns[0].codes) ++count[table.columns[0].levels[static_cast<size_t>(code)]];
    for (const auto& [level, n] : count) // a kept level is not rarer than one left out by more than the split can turn
        for (const std::string& kept : p.preprocessing.columns[0].levels) EXPECT_GE(1.5 * count[kept], n) << kept << " " << level;
}

TEST(Prepare, ValidAndTestFromFilesByName) {
    const Table train = mixed_table(60, false, 1), valid = mixed_table(20, false, 2);
    Table test = mixed_table(30, false, 3);
    std::rotate(test.columns.begin(), test.columns.begin() + 2, test.columns.end()); // in another order, with one more
    test.columns.push_back(test.columns[0]);
    test.columns.back().name = "extra";
    const Prepared p = prepare(train, options("y"), &valid, &test);
    EXPECT_EQ(p.dataset.rows(Part::train), 60);
    EXPECT_EQ(p.dataset.rows(Part::valid), 20);
    EXPECT_EQ(p.dataset.rows(Part::test), 30);
    EXPECT_EQ(p.dataset.with(Scaling::none).test.values, p.preprocessing.apply(mixed_table(30, false, 3), Scaling::none).values);
    const Prepared two = prepare(train, options("y"), nullptr, &test);
    EXPECT_EQ(two.dataset.rows(Part::train), 48);
    EXPECT_EQ(two.dataset.rows(Part::valid), 12);
    Table lacking = valid;
    lacking.columns.erase(lacking.columns.begin() + 1);
    EXPECT_ERROR(prepare(train, options("y"), &lacking), DataError, "a column of the training table is missing: level");
    Table other = valid;
    other.columns[3].levels[0] = "perhaps";
    EXPECT_ERROR(prepare(train, options("y"), &other), DataError, "'perhaps' is not among the classes of y");
}

TEST(Prepare, MatchesByPositionWithoutNames) {
    const Table table = from_csv("1,5,0\n2,4,1\n3,9,0\n4,1,1\n5,0,0\n6,2,1\n7,3,0\n8,8,1\n9,9,0\n1,7,1\n2,1,0\n4,4,1\n");
    const Prepared last = prepare(table, options("-1"));
    EXPECT_THAT(last.preprocessing.apply(from_csv("1,2\n3,4\n"), Scaling::none).values, ElementsAre(1, 2, 3, 4)); // without the target
    EXPECT_THAT(last.preprocessing.apply(from_csv("1,2,0\n3,4,0\n"), Scaling::none).values, ElementsAre(1, 2, 3, 4));
    PrepareOptions o = options("1");
    o.task = Task::regression;
    const Prepared first = prepare(table, o);
    EXPECT_THAT(first.preprocessing.apply(from_csv("5,1\n4,0\n"), Scaling::none).values, ElementsAre(5, 1, 4, 0));
    EXPECT_THAT(first.preprocessing.apply(from_csv("9,5,1\n9,4,0\n"), Scaling::none).values, ElementsAre(5, 1, 4, 0));
    EXPECT_ERROR(first.preprocessing.apply(from_csv("5\n4\n"), Scaling::none), DataError, "columns of the training table, or all but the target; this has 1");
    EXPECT_ERROR(first.preprocessing.apply(from_csv("0,0,0,0,0,0,0,0,0\n1,0,0,0,0,0,0,0,0\n"), Scaling::none), DataError, "columns too many; a table without a header must have");
}

TEST(Apply, TextWhereANumberIsDueNamesTheRow) {
    const Prepared p = prepare(from_csv("a,y\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n7,0\n8,1\n9,0\n10,1\n"), options("y"));
    EXPECT_ERROR(p.preprocessing.apply(from_csv("b,a\n0,1\n0,2\n0,two\n", "new.csv"), Scaling::none), DataError,
                 "new.csv: row 4, column 2: 'two' where column a was numeric in training");
}

TEST(Apply, LevelsThatLookLikeNumbersAreFoundInNumericColumns) {
    std::string text = "zip,y\n";
    for (int i = 0; i < 40; ++i) text += std::string(i % 4 == 0 ? "Q7" : i % 4 == 1 ? "007" : "12") + "," + std::to_string(i % 2) + "\n";
    const Prepared p = prepare(from_csv(text), options("y"));
    EXPECT_THAT(p.preprocessing.columns[0].levels, ElementsAre("007", "12", "Q7"));
    EXPECT_THAT(p.preprocessing.apply(from_csv("zip,n\n007,1\n12,1\n13,1\n"), Scaling::none).values, ElementsAre(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1));
    Preprocessing alike = p.preprocessing;
    alike.columns[0].levels = {"007", "12", "7"};
    EXPECT_THAT(alike.apply(from_csv("zip,n\n007,1\n7,1\n12,1\n"), Scaling::none).values, ElementsAre(0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0));
    EXPECT_THAT(data::texts_in(p.preprocessing, from_csv("n,zip\n1,007\n")), ElementsAre(1));
    EXPECT_THAT(data::texts_in(p.preprocessing, from_csv("n,m\n1,007\n")), testing::IsEmpty());
}

TEST(Prepare, ErrorsSayWhatToDo) {
    const auto table = [](const std::string& rows) { return from_csv("x,y\n" + rows); };
    EXPECT_ERROR(prepare(table("1,0\n2,1\n"), options("")), UsageError, "no target given");
    EXPECT_ERROR(prepare(table("1,0\n2,1\n"), options("z")), UsageError, "Its columns: x, y");
    EXPECT_ERROR(prepare(table("1,a\n2,a\n3,b\n"), options("y")), DataError, "the class 'b' of the target y has one row only");
    EXPECT_ERROR(prepare(table("1,a\n2,a\n3,a\n"), options("y")), DataError, "the same in every row");
    EXPECT_ERROR(prepare(table("1,?\n2,?\n3,?\n"), options("y")), DataError, "missing in every row");
    EXPECT_ERROR(prepare(table("1,a\n2,a\n3,b\n4,b\n"), options("y")), DataError, "too few");
    EXPECT_ERROR(prepare(table("1,1.5\n2,1.5\n3,1.5\n4,1.5\n5,1.5\n6,1.5\n"), options("y")), DataError, "the same in every training row");
    EXPECT_ERROR(prepare(table("1,1\n2,2\n3,oops\n4,4\n"), options("y")), DataError, "is 'oops' a slip in a column of numbers?");
    PrepareOptions o = options("y");
    o.task = Task::regression;
    EXPECT_ERROR(prepare(table("1,1\n2,oops\n3,3\n"), o), DataError, "t.csv: row 3, column 2: 'oops' is not a number");
    o.task = Task::binary;
    EXPECT_ERROR(prepare(table("1,a\n2,b\n3,c\n4,a\n5,b\n6,c\n"), o), UsageError, "task binary takes two classes");
    o = options("y");
    o.valid_share = 0.6;
    o.test_share = 0.4;
    EXPECT_ERROR(prepare(table("1,a\n2,b\n"), o), UsageError, "sum must be below 1");
    o.valid_share = 0;
    EXPECT_ERROR(prepare(table("1,a\n2,b\n"), o), UsageError, "above 0");
    o.valid_share = std::nan("");
    EXPECT_ERROR(prepare(table("1,a\n2,b\n"), o), UsageError, "shares");
}

TEST(Prepare, TableThatIsHandedOverGivesTheSameAndItsMemoryBack) {
    constexpr size_t rows = 150'000; // more than twice what is gone through between two looks at what is done with
    const Table kept = mixed_table(rows, false);
    Table spent = kept;
    const Prepared before = prepare(kept, options("y")), after = data::prepare_and_spend(std::move(spent), options("y"), nullptr, nullptr);
    EXPECT_EQ(after.dataset.fingerprint, before.dataset.fingerprint);
    EXPECT_EQ(after.dataset.train_targets, before.dataset.train_targets);
    const auto& numbers = spent.columns[2].numbers; // NOLINT(bugprone-use-after-move): from 1000 on, but for what the system took
    ASSERT_EQ(numbers.size(), rows);
    EXPECT_EQ(numbers[5000], 0);
    EXPECT_GE(numbers.back(), 1000);
}

TEST(Prepare, AClassOfOneRowIsEnoughWhereAllRowsTrain) {
    const Table table = from_csv("x,y\n1,a\n2,a\n3,b\n");
    PrepareOptions o = options("y");
    EXPECT_ERROR(prepare(table, o, &table), DataError, "the class 'b' of the target y has one row only"); // test rows are still to be split off
    o.test_share = 0;
    EXPECT_EQ(prepare(table, o, &table).dataset.rows(Part::train), 3);
}

TEST(Fingerprint, TellsDataApartAndNothingElse) {
    Table table = mixed_table(60, true);
    const std::string first = prepare(table, options("y")).dataset.fingerprint;
    EXPECT_EQ(first.size(), 32u);
    table.name = "/elsewhere/renamed.csv";
    EXPECT_EQ(prepare(table, options("y")).dataset.fingerprint, first);
    PrepareOptions other = options("y");
    other.seed = 2;
    EXPECT_NE(prepare(table, other).dataset.fingerprint, first);
    EXPECT_NE(prepare(table, options("y", {Scaling::standardize})).dataset.fingerprint, first);
    table.columns[2].numbers[17] = std::nextafter(table.columns[2].numbers[17], 0.0f); // one bit of one value
    EXPECT_NE(prepare(table, options("y")).dataset.fingerprint, first);
}

TEST(Dataset, AnswersWhatAnEngineAsks) {
    const Dataset d = prepare(mixed_table(60, false), options("y", {Scaling::standardize, Scaling::pca})).dataset;
    EXPECT_ERROR(d.with(Scaling::none), UsageError, "scaling=none was not prepared for mixed.csv; there is standardize, pca");
    Hyperparameters h;
    EXPECT_EQ(d.inputs(h), d.with(Scaling::standardize).train.columns);
    h.scaling = Scaling::pca;
    EXPECT_EQ(d.inputs(h), d.with(Scaling::pca).train.columns);
    const std::vector<double>& share = d.with(Scaling::pca).cumulative_variance;
    for (size_t k = 0; k < share.size(); ++k) {
        h.variance_kept = static_cast<float>(share[k] - 1e-6); // just reached by k + 1 components
        EXPECT_EQ(d.inputs(h), static_cast<int32_t>(k) + 1);
    }
    h.variance_kept = 1e-9f;
    EXPECT_EQ(d.inputs(h), 1);
    EXPECT_EQ(d.outputs(Loss::softmax_cross_entropy), 2);
    EXPECT_EQ(d.outputs(Loss::binary_cross_entropy), 1);
    EXPECT_EQ(d.outputs(Loss::mean_squared_error), 1);
    EXPECT_EQ(default_loss(Task::regression), Loss::mean_squared_error);
    EXPECT_EQ(default_loss(Task::binary), Loss::binary_cross_entropy);
    EXPECT_EQ(default_loss(Task::multiclass), Loss::softmax_cross_entropy);
}

} // namespace
} // namespace caviar
