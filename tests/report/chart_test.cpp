// Curves drawn with characters.

#include "host/report/chart.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace caviar::report {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ResultOf;
using ::testing::SizeIs;

const double nan = std::numeric_limits<double>::quiet_NaN();

/// The column of the first, and the number, of the characters `c` in a line of the plot.
size_t column(const std::string& line, char c) { return line.find(c, line.find('|')); }

TEST(Chart, IsAsLargeAsAskedFor) {
    for (const size_t epochs : {0, 1, 2, 30, 1000})
        for (const int width : {26, 80, 200})
            for (const int height : {5, 24}) {
                std::vector<double> values(epochs);
                for (size_t e = 0; e < epochs; ++e) values[e] = -1e-5 * static_cast<double>(e);
                const auto lines = chart({{"a", values, 'a', Colour::cyan}, {"b", {}, 'b', Colour::red}}, width, height, false);
                EXPECT_THAT(lines, SizeIs(height));
                EXPECT_THAT(lines, Each(ResultOf([](const std::string& line) { return display_width(line); }, width))) << epochs;
            }
    EXPECT_TRUE(chart({}, 25, 24, false).empty());
    EXPECT_TRUE(chart({}, 80, 4, false).empty());
}

TEST(Chart, AFallingCurveFalls) {
    const auto lines = chart({{"loss", {3, 2, 1}, '*', Colour::cyan}}, 40, 11, false);
    EXPECT_THAT(lines[0], HasSubstr("* loss"));
    EXPECT_THAT(lines[1], HasSubstr("3 |*"));
    EXPECT_THAT(lines[5], HasSubstr("2 |"));
    EXPECT_THAT(lines[9], HasSubstr("1 |"));
    EXPECT_EQ(lines[9].back(), '*') << "the last epoch is at the right edge";
    EXPECT_LT(column(lines[1], '*'), column(lines[5], '*'));
    EXPECT_LT(column(lines[5], '*'), column(lines[9], '*'));
    EXPECT_THAT(lines[10], AllOf(HasSubstr(" 1 "), testing::EndsWith("3")));
}

TEST(Chart, TakesALogScaleWhereItHelps) {
    const auto text = [](std::vector<double> values) {
        return chart({{"loss", std::move(values), '*', Colour::cyan}}, 40, 11, false);
    };
    const auto wide = text({10, 1, 0.1});
    EXPECT_THAT(wide[0], HasSubstr("log scale"));
    EXPECT_THAT(wide[5], HasSubstr("1 |")) << "the middle of the scale is the geometric mean";
    EXPECT_THAT(text({9, 1})[0], Not(HasSubstr("log")));
    EXPECT_THAT(text({100, 0, 1})[0], Not(HasSubstr("log"))) << "nothing below 0 has a logarithm";
}

TEST(Chart, LeavesOutWhatIsNotFinite) {
    const auto lines = chart({{"loss", {1, nan, std::numeric_limits<double>::infinity(), 2}, '*', Colour::cyan}}, 40, 9, false);
    EXPECT_THAT(lines[1], HasSubstr("2 |"));
    EXPECT_EQ(column(lines[7], '*'), column(lines[7], '|') + 1) << "the first";
    EXPECT_EQ(lines[1].back(), '*') << "and the last are there";
    EXPECT_NO_THROW(chart({{"loss", {nan, nan}, '*', Colour::cyan}}, 40, 9, false));
}

TEST(Chart, ManyEpochsShareColumns) {
    std::vector<double> values(1000, 1);
    for (size_t e = 500; e < 1000; ++e) values[e] = 2;
    const auto lines = chart({{"loss", values, '*', Colour::cyan}}, 61, 7, false); // 50 columns of 20 epochs
    EXPECT_EQ(std::count(lines[1].begin(), lines[1].end(), '*'), 25);
}

TEST(Chart, ColourTakesNoColumns) {
    const std::vector<Series> series{{"a", {1, 2}, 'a', Colour::cyan}, {"b", {2, 1}, 'b', Colour::red}};
    const auto plain = chart(series, 40, 9, false);
    auto coloured = chart(series, 40, 9, true);
    EXPECT_THAT(coloured[0], HasSubstr("\033["));
    for (size_t i = 0; i < plain.size(); ++i) {
        std::string stripped;
        for (size_t at = 0; at < coloured[i].size(); ++at) {
            if (coloured[i][at] == '\033')
                at = coloured[i].find('m', at);
            else
                stripped += coloured[i][at];
        }
        EXPECT_EQ(stripped, plain[i]);
    }
}

} // namespace
} // namespace caviar::report
