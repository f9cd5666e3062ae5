// Numbers that a float32 cannot tell apart: labels, times, identifiers.
#include "caviar/preprocessing.h"
#include "host/data/number.h"
#include "tests/data/bytes.h"
#include "tests/data/expect_error.h"
#include "tests/data/tables.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>

namespace caviar {
namespace {

using testing::ElementsAre;
using testing::Each;
using namespace test;

PrepareOptions options(const std::string& target, std::optional<Task> task = {}) {
    PrepareOptions result;
    result.target = target;
    result.task = task;
    result.scalings = {Scaling::none, Scaling::standardize};
    return result;
}

std::vector<double> values(const Column& column) {
    std::vector<double> result;
    for (int64_t r = 0; r < column.rows(); ++r) result.push_back(column.value(r));
    return result;
}

/// Rows of a time a few seconds apart, a small number, and a target.
std::string times(const char* header, double step, int64_t target_from, int rows = 100) {
    std::string text = header;
    for (int i = 0; i < rows; ++i)
        text += data::text_of(1.7e9 + step * i) + "," + std::to_string(i % 7) + "," + std::to_string(target_from + 3 * ((i * 37) % rows)) + "\n";
    return text;
}

TEST(Precision, ColumnsKeepWhatAFloatLeavesOut) {
    const Table table = from_csv("a,b,c,d\n1,0.1,20000001,2459000.25\n?,2,5,2459000.3\n-1700000003,3,30000003,?\n");
    EXPECT_EQ(table.columns[0].value(0), 1);
    EXPECT_TRUE(std::isnan(table.columns[0].value(1)));
    EXPECT_EQ(table.columns[0].value(2), -1700000003);
    EXPECT_THAT(values(table.columns[2]), ElementsAre(20000001, 5, 30000003));
    EXPECT_NEAR(table.columns[3].value(1), 2459000.3, 1e-8); // some 48 bits: 2^21 / 2^48 is 7e-9
    EXPECT_TRUE(table.columns[1].rest.empty());              // where floats do, they are all there is
    EXPECT_FALSE(table.columns[2].rounded);
    EXPECT_TRUE(from_csv("a\n12345678901234567\n12345678901234568\n").columns[0].rounded);
}

TEST(Precision, BinaryFilesToo) {
    std::string longs, doubles;
    for (const int64_t v : {int64_t{1700000001}, int64_t{1700000002}}) {
        longs += number_bytes(static_cast<uint64_t>(v), 8, false);
        doubles += number_bytes(std::bit_cast<uint64_t>(static_cast<double>(v)), 8, false);
    }
    EXPECT_THAT(values(read_table_bytes(npy("<i8", false, "(2, 1)", longs), "t").columns[0]), ElementsAre(1700000001, 1700000002));
    EXPECT_THAT(values(read_table_bytes(npy("<f8", false, "(2, 1)", doubles), "t").columns[0]), ElementsAre(1700000001, 1700000002));
    const std::string words = number_bytes(20000000, 4, true) + number_bytes(20000001, 4, true);
    EXPECT_THAT(values(read_table_bytes(idx(0x0C, {2}, words), "t").columns[0]), ElementsAre(20000000, 20000001));
}

TEST(Precision, LargeLabelsAreKeptApart) {
    std::string text = "x,y\n", far = "x,y\n", words = "x,y\n";
    for (int i = 0; i < 400; ++i) {
        text += std::to_string(i * 89 % 400) + "," + std::to_string(20000000 + i % 4) + "\n";
        far += std::to_string(i * 89 % 400) + "," + (i % 3 ? std::to_string(20000000 + i % 3) : "5") + "\n"; // no offset could tell these
        words += std::to_string(i * 89 % 400) + "," + (i == 0 ? "x" : i < 200 ? "20000000" : i == 399 ? "x" : "20000001") + "\n";
    }
    const Prepared p = prepare(from_csv(text), options("y", Task::multiclass));
    EXPECT_THAT(p.dataset.classes, ElementsAre("20000000", "20000001", "20000002", "20000003"));
    std::vector<int> count(4);
    for (const Part part : {Part::train, Part::valid, Part::test})
        for (const float label : p.dataset.targets(part)) ++count[static_cast<size_t>(label)];
    EXPECT_THAT(count, Each(100));
    EXPECT_THAT(prepare(from_csv(far), options("y", Task::multiclass)).dataset.classes, ElementsAre("5", "20000001", "20000002"));
    EXPECT_THAT(prepare(from_csv(words), options("y")).dataset.classes, ElementsAre("20000000", "20000001", "x"));
    // Two neighbours are two classes, where the task is inferred, too.
    std::string two = "x,y\n";
    for (int i = 0; i < 40; ++i) two += std::to_string(i * 7 % 40) + "," + (i % 2 ? "100000001\n" : "100000002\n");
    EXPECT_EQ(prepare(from_csv(two), options("y")).dataset.task, Task::binary);
}

TEST(Precision, LabelsBeyondDoublesAreRefusedAndReadAsWords) {
    std::string text = "x,y\n";
    for (int i = 0; i < 40; ++i) text += std::to_string(i * 7 % 40) + "," + (i % 2 ? "12345678901234567\n" : "12345678901234568\n");
    EXPECT_ERROR(prepare(from_csv(text), options("y", Task::binary)), DataError, "too large to be told apart as numbers; read it as words (--as-text y)");
    ReadOptions words;
    words.as_text = "y";
    EXPECT_THAT(prepare(read_table_bytes(text, "t.csv", words), options("y")).dataset.classes, ElementsAre("12345678901234567", "12345678901234568"));
}

TEST(Precision, TimesAsFeaturesKeepTheirDifferences) {
    const Table table = from_csv(times("t,x,y\n", 3, 0));
    const Prepared p = prepare(table, options("y", Task::regression));
    ASSERT_EQ(p.preprocessing.columns.size(), 2u); // not dropped as a constant
    EXPECT_GE(p.preprocessing.columns[0].offset, 1.7e9);
    EXPECT_EQ(p.preprocessing.columns[1].offset, 0);
    std::set<float> different;
    for (const Part part : {Part::train, Part::valid, Part::test}) {
        const Matrix& m = p.dataset.with(Scaling::none).part(part);
        for (int64_t r = 0; r < m.rows; ++r) {
            different.insert(m.row(r)[0]);
            EXPECT_EQ(std::fmod(m.row(r)[0], 3), 0); // three seconds from the offset, which is one of the times
        }
    }
    EXPECT_EQ(different.size(), 100u);
}

/// The same row gives the same bits, in the training table, alone, among others, and after a trip through JSON.
TEST(Precision, PredictionSubtractsTheSameWhateverStandsBesideARow) {
    for (const double step : {3.0, 0.25, 1e-3}) {
        const Prepared p = prepare(from_csv(times("t,x,y\n", step, 0)), options("y", Task::regression));
        const Preprocessing read = preprocessing_from_json(to_json(p.preprocessing));
        EXPECT_EQ(read, p.preprocessing);
        for (const Scaling scaling : {Scaling::none, Scaling::standardize}) {
            const Matrix all = p.preprocessing.apply(from_csv(times("t,x,y\n", step, 0)), scaling);
            const std::string row = data::text_of(1.7e9 + step * 8) + ",1,0\n";
            for (const std::string beside : {"", "0,0,0\n", "-1e30,2,0\n", "?,3,0\n"}) {
                const Matrix alone = read.apply(from_csv("t,x,y\n" + beside + row), scaling);
                EXPECT_EQ(alone.row(alone.rows - 1)[0], all.row(8)[0]) << beside << step;
            }
            // Bit for bit what the data set holds.
            std::multiset<float> here, there;
            for (int64_t r = 0; r < all.rows; ++r) here.insert(all.row(r)[0]);
            for (const Part part : {Part::train, Part::valid, Part::test}) {
                const Matrix& m = p.dataset.with(scaling).part(part);
                for (int64_t r = 0; r < m.rows; ++r) there.insert(m.row(r)[0]);
            }
            EXPECT_EQ(here, there) << step;
        }
    }
}

TEST(Precision, LargeTargetsOfRegressionKeepTheirDifferences) {
    const Prepared large = prepare(from_csv(times("t,x,y\n", 3, 1700000000)), options("y", Task::regression));
    const Prepared small = prepare(from_csv(times("t,x,y\n", 3, 0)), options("y", Task::regression));
    EXPECT_EQ(large.dataset.train_targets, small.dataset.train_targets); // moved by a constant, standardised the same
    EXPECT_EQ(large.dataset.target_scale, small.dataset.target_scale);
    // 1.7e9 has 31 bits: a double keeps 22 behind the point.
    EXPECT_NEAR(large.dataset.target_mean - small.dataset.target_mean, 1.7e9, 1e-6);
    // A test file of its own, whose lowest value is another.
    const Table more = from_csv(times("t,x,y\n", 3, 1700000300, 20));
    const Prepared p = prepare(from_csv(times("t,x,y\n", 3, 1700000000)), options("y", Task::regression), nullptr, &more);
    for (size_t r = 0; r < 20; ++r) {
        const double expected = 1700000300.0 + 3 * (r * 37 % 20);
        // Rounded once to float32 after standardising, of size 5 at most, and scaled back: 5 * 2^-24 * the scale of some 90.
        EXPECT_NEAR(p.dataset.target_mean + p.dataset.target_scale * static_cast<double>(p.dataset.test_targets[r]), expected, 1e-4);
    }
}

TEST(Precision, ExactNumbersOfTexts) {
    EXPECT_EQ(data::exact_number_of("+20000001"), 20000001.0);
    EXPECT_EQ(data::exact_number_of("0.1"), static_cast<double>(0.1f)); // as in a column of floats
    EXPECT_EQ(data::exact_number_of("1e300"), HUGE_VAL);
    EXPECT_FALSE(data::exact_number_of("x"));
    EXPECT_EQ(data::text_of(20000001.0), "20000001");
    EXPECT_EQ(data::text_of(static_cast<double>(0.1f)), "0.1");
}

} // namespace
} // namespace caviar
