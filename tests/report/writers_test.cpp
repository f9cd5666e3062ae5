#include "host/report/csv.h"
#include "host/report/json_lines.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <limits>
#include <random>
#include <sstream>

namespace caviar::report {
namespace {

TEST(Csv, QuotesWhatRfc4180AsksFor) {
    EXPECT_EQ(csv_field("plain"), "plain");
    EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
    EXPECT_EQ(csv_field("say \"hi\""), "\"say \"\"hi\"\"\"");
    EXPECT_EQ(csv_field("two\nlines"), "\"two\nlines\"");
    EXPECT_EQ(csv_field("a\rb"), "\"a\rb\"");
    EXPECT_EQ(csv_field(" spaced"), "\" spaced\"");
    EXPECT_EQ(csv_field("a,b", '\t'), "a,b");
    EXPECT_EQ(csv_field(""), "");
}

TEST(Csv, WritesRows) {
    std::ostringstream out;
    CsvWriter writer(out);
    const std::string header[] = {"row", "class, predicted"};
    const std::string empty[] = {""};
    writer.row(header);
    writer.row(empty);
    EXPECT_EQ(out.str(), "row,\"class, predicted\"\n\"\"\n");
}

TEST(Csv, NumbersReadBackToTheSameBits) {
    EXPECT_EQ(csv_number(0.1f), "0.1");
    EXPECT_EQ(csv_number(0.1), "0.1");
    EXPECT_EQ(csv_number(std::numeric_limits<double>::quiet_NaN()), "");
    std::mt19937 random(1);
    for (int i = 0; i < 20000; ++i) {
        const float value = std::bit_cast<float>(static_cast<uint32_t>(random()));
        if (!(value - value == 0)) continue;
        const std::string text = csv_number(value);
        float back = 0;
        std::from_chars(text.data(), text.data() + text.size(), back);
        EXPECT_EQ(std::bit_cast<uint32_t>(back), std::bit_cast<uint32_t>(value)) << text;
    }
}

TEST(JsonLines, FloatsReadBackToTheSameBitsAndStayShort) {
    EXPECT_EQ(dump(json_number(0.1f)), "0.1");
    EXPECT_EQ(dump(json_number(std::numeric_limits<float>::infinity())), "null");
    std::mt19937 random(2);
    for (int i = 0; i < 20000; ++i) {
        const float value = std::bit_cast<float>(static_cast<uint32_t>(random()));
        if (!(value - value == 0)) continue;
        const auto back = static_cast<float>(nlohmann::json::parse(dump(json_number(value))).get<double>());
        EXPECT_EQ(std::bit_cast<uint32_t>(back), std::bit_cast<uint32_t>(value));
    }
}

TEST(JsonLines, OneLineADocumentWhateverTheBytes) {
    std::ostringstream out;
    JsonLinesWriter writer(out);
    writer.write({{"b", "two\nlines"}, {"a", "\xff"}});
    writer.write({{"x", 1}});
    EXPECT_EQ(out.str(), "{\"b\":\"two\\nlines\",\"a\":\"\uFFFD\"}\n{\"x\":1}\n");
}

} // namespace
} // namespace caviar::report
