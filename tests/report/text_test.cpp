#include "host/report/numbers.h"
#include "host/report/text.h"
#include "host/report/text_table.h"

#include "caviar/error.h"

#include <gtest/gtest.h>

#include <limits>

namespace caviar::report {
namespace {

TEST(Text, WidthCountsColumnsNotBytes) {
    EXPECT_EQ(display_width(""), 0);
    EXPECT_EQ(display_width("abc"), 3);
    EXPECT_EQ(display_width("naïve"), 5);
    EXPECT_EQ(display_width("e\u0301"), 1); // e and a combining acute
    EXPECT_EQ(display_width("日本"), 4);
    EXPECT_EQ(display_width("\xff\xfe"), 2);    // not UTF-8: a column a byte
    EXPECT_EQ(display_width("a\xe2\x82"), 3);   // cut in the middle of a character
}

TEST(Text, TruncateKeepsCharactersWholeAndMarksTheCut) {
    EXPECT_EQ(truncate("abcdef", 6), "abcdef");
    EXPECT_EQ(truncate("abcdef", 4), "abc…");
    EXPECT_EQ(truncate("日本語", 4), "日…"); // 日本 and the mark would take 5
    EXPECT_EQ(truncate("abc", 1), "…");
    EXPECT_EQ(truncate("abc", 0), "");
    for (int width = 0; width < 12; ++width) EXPECT_LE(display_width(truncate("ab日本e\u0301語é", width)), width);
}

TEST(Text, PrintableDisarmsControlCharacters) {
    EXPECT_EQ(printable("a\033[2Jb\r\n\tc"), "a?[2Jb?  c");
    EXPECT_EQ(printable("é\xff"), "é?");
    EXPECT_EQ(printable("\xc2\x9b"), "?"); // the one-character CSI
}

TEST(Text, ColourOnlyWhenAsked) {
    EXPECT_EQ(coloured("x", Colour::red, false), "x");
    EXPECT_EQ(coloured("x", Colour::red, true), "\033[31mx\033[0m");
}

TEST(Numbers, Significant) {
    EXPECT_EQ(significant(0.97312), "0.9731");
    EXPECT_EQ(significant(12345.6), "12346");
    EXPECT_EQ(significant(0.5), "0.5");
    EXPECT_EQ(significant(3.2e-5), "3.2e-05");
    EXPECT_EQ(significant(-1.0 / 3, 2), "-0.33");
    EXPECT_EQ(significant(1.5e9), "1.5e+09");
    EXPECT_EQ(significant(std::numeric_limits<double>::quiet_NaN()), "nan");
    EXPECT_EQ(significant(-std::numeric_limits<double>::infinity()), "-inf");
    EXPECT_EQ(fixed(0.5, 4), "0.5000");
    EXPECT_EQ(fixed(std::numeric_limits<double>::max(), 2).size(), 312u);
}

TEST(Numbers, UnitsForPeople) {
    EXPECT_EQ(count(950), "950");
    EXPECT_EQ(count(9999), "9999");
    EXPECT_EQ(count(12345), "12,345");
    EXPECT_EQ(count(-123456), "-123,456");
    EXPECT_EQ(count(1'234'000), "1.2 M");
    EXPECT_EQ(count(999'999'999), "1.0 G");
    EXPECT_EQ(count(std::numeric_limits<int64_t>::min()), "-9.22e+06 T");
    EXPECT_EQ(bytes(512), "512 B");
    EXPECT_EQ(bytes(107'640), "105 KiB");
    EXPECT_EQ(bytes(int64_t{1} << 30), "1.0 GiB");
    EXPECT_EQ(percent(0.973), "97.3 %");
    EXPECT_EQ(rate(0.25), "0.25 / s");
    EXPECT_EQ(rate(1234), "1.2 k / s");
}

TEST(Numbers, Durations) {
    EXPECT_EQ(duration(0.0007), "0.7 ms");
    EXPECT_EQ(duration(2.54), "2.5 s");
    EXPECT_EQ(duration(48.2), "48 s");
    EXPECT_EQ(duration(59.7), "1 m 00 s");
    EXPECT_EQ(duration(72), "1 m 12 s");
    EXPECT_EQ(duration(7500), "2 h 05 m");
    EXPECT_EQ(duration(3 * 86400 + 4 * 3600), "3 d 04 h");
    EXPECT_EQ(duration(-1), "-");
    EXPECT_EQ(duration(std::numeric_limits<double>::infinity()), "-");
}

TEST(TextTable, AlignsNumbersRightAndTextLeft) {
    TextTable table({"trial", "optimizer", "rate", "size"});
    table.add({"7", "adam", "0.001", "1.2 M"});
    table.add({"123", "sgd", "1e-05", "950"});
    EXPECT_EQ(table.str(), "trial  optimizer   rate   size\n"
                           "    7  adam       0.001  1.2 M\n"
                           "  123  sgd        1e-05    950\n");
}

TEST(TextTable, PutsWideCharactersInTheirColumns) {
    TextTable table({"class", "n"});
    table.add({"日本", "1"});
    table.add({"naïve", "22"});
    EXPECT_EQ(table.str(), "class   n\n日本    1\nnaïve  22\n");
}

TEST(TextTable, CutsTextBeforeNumbersAndNeverExceedsTheWidth) {
    TextTable table({"trial", "note", "score"});
    table.add({"1", "a very long remark about it", "0.973112"});
    EXPECT_EQ(table.str(29), "trial  note             score\n    1  a very long…  0.973112\n");
    for (int width = 1; width < 60; ++width) {
        std::string text = table.str(width);
        for (size_t at = 0; at < text.size();) {
            const size_t end = text.find('\n', at);
            EXPECT_LE(display_width(text.substr(at, end - at)), width);
            at = end + 1;
        }
    }
}

TEST(TextTable, KeepsRowsOnTheirLine) {
    TextTable table({"name"});
    table.add({"two\nlines"});
    EXPECT_EQ(table.str(), "name\ntwo lines\n");
    EXPECT_THROW(table.add({"a", "b"}), UsageError);
}

TEST(TextTable, RangesAndTextThatBeginsWithDigitsAreText) {
    TextTable table({"interval", "id"});
    table.add({".75 - .77", "3rd"});
    EXPECT_EQ(table.str(), "interval   id\n.75 - .77  3rd\n");
}

} // namespace
} // namespace caviar::report
