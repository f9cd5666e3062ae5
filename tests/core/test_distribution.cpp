#include "caviar/error.h"
#include "caviar/space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

namespace caviar {
namespace {

using testing::HasSubstr;

double real(const Value& v) { return std::holds_alternative<double>(v) ? std::get<double>(v) : static_cast<double>(std::get<int64_t>(v)); }

std::string error_of(std::string_view text) {
    try {
        parse_distribution(text);
    } catch (const UsageError& e) {
        return e.what();
    }
    return "no error";
}

const char* const all_kinds[] = {"uniform(-2,3)", "log(0.0001,1)",  "beta(0.9,0.999)",         "int(-3,5)",       "logint(18,1024)",
                                 "pow2(1,256)",   "choice(a,b,a)",  "choice(1,2.5,x)",         "7",               "0.5",
                                 "relu",          "1.0",            "choice(1.0,1)",           "-0.0",            "beta(0,0.5)",
                                 "int(4,4)",      "logint(1,1)",    "uniform(1e-300,1e+300)",  "log(1e-12,1e12)", "pow2(8,8)",
                                 "int(0,1000000)"};

TEST(Parser, QuotesWholeCharacters) {
    try {
        (void)parse_distribution("\u0663");
        ADD_FAILURE();
    } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("not \"\u0663\""), std::string::npos) << error.what();
    }
}

TEST(Distribution, TextReadsBackToTheSame) {
    for (const char* text : all_kinds) {
        const Distribution d = parse_distribution(text);
        EXPECT_EQ(parse_distribution(to_string(d)), d) << text;
    }
    EXPECT_EQ(to_string(parse_distribution(" log ( 1e-4 ,\t1 ) ")), "log(1e-04,1)");
    EXPECT_EQ(parse_distribution("choice( adam , 32,+0.5 )").choices, (std::vector<Value>{"adam", int64_t{32}, 0.5}));
}

TEST(Distribution, RandomBoundsReadBackToTheSameBits) {
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> exponent(-12, 3);
    for (int i = 0; i < 5000; ++i) {
        Distribution d{DistributionKind::log, std::pow(10, exponent(random)), 0, {}};
        d.high = d.low * (1 + std::pow(10, exponent(random)));
        if (d.high <= d.low) continue;
        ASSERT_EQ(parse_distribution(to_string(d)), d);
    }
}

TEST(Distribution, AtAndUnitAreInverse) {
    std::mt19937_64 random(4);
    std::uniform_real_distribution<double> unit(0, 1);
    for (const char* text : all_kinds) {
        const Distribution d = parse_distribution(text);
        for (int i = 0; i < 2000; ++i) {
            const double u = unit(random);
            const Value v = d.at(u);
            const double back = d.unit(v);
            ASSERT_GE(back, 0);
            ASSERT_LT(back, 1);
            ASSERT_TRUE(!d.numeric() || d.at(back).index() == v.index());
            // A continuous scale comes back to rounding. log10 and pow lose a few ulps, magnified by 1/(1-b) on the beta scale.
            if (d.count() == 0) {
                ASSERT_NEAR(back, u, 1e-12) << text;
            } else {
                ASSERT_EQ(to_string(d.at(back)), to_string(v)) << text << " at " << u; // the middle of a part maps to the same value
            }
        }
        EXPECT_EQ(to_string(d.at(0)), to_string(d.numeric() ? d.at(-1) : d.choices.front()));
        if (d.numeric()) {
            EXPECT_DOUBLE_EQ(real(d.at(0)), d.low) << text;
            EXPECT_EQ(real(d.at(1)), d.high) << text;
            EXPECT_LE(real(d.at(std::nextafter(1.0, 0.0))), d.high) << text;
            EXPECT_EQ(real(d.at(std::nan(""))), real(d.at(0)));
        }
    }
}

TEST(Distribution, IsMonotone) {
    for (const char* text : all_kinds) {
        const Distribution d = parse_distribution(text);
        if (!d.numeric()) continue;
        for (int i = 1; i <= 1000; ++i) ASSERT_LE(real(d.at((i - 1) / 1000.0)), real(d.at(i / 1000.0))) << text;
    }
}

TEST(Distribution, ScalesAreTheDocumentedOnes) {
    EXPECT_NEAR(real(parse_distribution("log(1e-4,1)").at(0.5)), 1e-2, 1e-14);        // 10^-2
    EXPECT_NEAR(real(parse_distribution("beta(0.9,0.999)").at(0.5)), 0.99, 1e-14);    // 1 - 10^-2
    EXPECT_NEAR(real(parse_distribution("uniform(-1,3)").at(0.25)), 0, 1e-15);
    EXPECT_EQ(parse_distribution("pow2(16,256)").at(0.5), Value{int64_t{64}});
    // Bergstra and Bengio's units: log-uniform from 18 to 1024, rounded; the middle is the geometric mean
    EXPECT_EQ(parse_distribution("logint(18,1024)").at(0.5), Value{std::llround(std::sqrt(18.0 * 1024))});
}

/// Every value of a discrete distribution owns the share of [0,1) its definition says.
TEST(Distribution, WholeNumbersOwnTheirShares) {
    const int n = 1'000'000; // steps of 1e-6: a share is off by at most two steps
    for (const char* text : {"int(3,9)", "pow2(4,64)", "logint(1,9)"}) {
        const Distribution d = parse_distribution(text);
        std::map<int64_t, double> owned;
        for (int i = 0; i < n; ++i) owned[std::get<int64_t>(d.at((i + 0.5) / n))] += 1.0 / n;
        EXPECT_EQ(static_cast<int64_t>(owned.size()), d.count());
        for (const auto& [k, share] : owned) {
            double expected = 1.0 / static_cast<double>(d.count());
            if (d.kind == DistributionKind::logint)
                expected = (std::log10(std::min(k + 0.5, 9.0)) - std::log10(std::max(k - 0.5, 1.0))) / std::log10(9.0);
            EXPECT_NEAR(share, expected, 2e-6) << text << " " << k;
        }
    }
}

TEST(Distribution, CountsDifferentValues) {
    EXPECT_EQ(parse_distribution("log(1e-4,1)").count(), 0);
    EXPECT_EQ(parse_distribution("int(-1,1)").count(), 3);
    EXPECT_EQ(parse_distribution("pow2(16,256)").count(), 5);
    EXPECT_EQ(parse_distribution("choice(a,b,a)").count(), 2);
    EXPECT_EQ(parse_distribution("adam").count(), 1);
}

TEST(Distribution, UnitRefusesWhatCannotBeDrawn) {
    EXPECT_THROW(parse_distribution("log(0.1,1)").unit(2.0), UsageError);
    EXPECT_THROW(parse_distribution("log(0.1,1)").unit(0.0), UsageError);
    EXPECT_THROW(parse_distribution("log(0.1,1)").unit("adam"), UsageError);
    EXPECT_THROW(parse_distribution("int(1,5)").unit(2.5), UsageError);
    EXPECT_THROW(parse_distribution("pow2(1,64)").unit(int64_t{12}), UsageError);
    EXPECT_THROW(parse_distribution("choice(a,b)").unit("c"), UsageError);
    EXPECT_THROW(parse_distribution("beta(0.9,0.99)").unit(1.0), UsageError);
    EXPECT_THROW(parse_distribution("logint(4,16)").unit(std::nan("")), UsageError);
    EXPECT_NO_THROW(parse_distribution("int(1,5)").unit(2.0));
    EXPECT_NO_THROW(parse_distribution("log(0.1,1)").unit(double{0.1f}));
}

TEST(Parser, PointsAtThePlaceAndSaysWhatIsAllowed) {
    EXPECT_THAT(error_of("log(0,1)"), HasSubstr("character 5: log(a,b) needs 0 < a < b"));
    EXPECT_THAT(error_of("log(1,1)"), HasSubstr("0 < a < b"));
    EXPECT_THAT(error_of("beta(0.9,1)"), HasSubstr("0 <= a < b < 1"));
    EXPECT_THAT(error_of("int(1,2.5)"), HasSubstr("whole numbers"));
    EXPECT_THAT(error_of("pow2(3,8)"), HasSubstr("powers of two"));
    EXPECT_THAT(error_of("logint(0,8)"), HasSubstr("1 <= a"));
    EXPECT_THAT(error_of("uniform(2,1)"), HasSubstr("a < b"));
    EXPECT_THAT(error_of("lgo(1,2)"), HasSubstr("character 1: unknown distribution \"lgo\", did you mean \"log\"?"));
    EXPECT_THAT(error_of("log(1e-4 1)"), HasSubstr("character 10: log(a,b) needs two numbers"));
    EXPECT_THAT(error_of("log(1e-4,"), HasSubstr("character 10: a number is missing"));
    EXPECT_THAT(error_of("log(1e-4,x)"), HasSubstr("character 10: \"x\" is not a number"));
    EXPECT_THAT(error_of("log(1e-4,1,2)"), HasSubstr("character 11: expected \")\""));
    EXPECT_THAT(error_of("log(1e-4,1) 5"), HasSubstr("character 13: nothing may follow"));
    EXPECT_THAT(error_of("choice()"), HasSubstr("character 8: expected a value"));
    EXPECT_THAT(error_of("choice(a b)"), HasSubstr("character 10: expected \",\" or \")\""));
    EXPECT_THAT(error_of("a b"), HasSubstr("character 3: expected \"(\" or the end"));
    EXPECT_THAT(error_of(""), HasSubstr("missing"));
    EXPECT_THAT(error_of("log(inf,nan)"), HasSubstr("not a number"));
    EXPECT_THAT(error_of("log(1e-4,1e999)"), HasSubstr("not a number"));
    EXPECT_THAT(error_of(std::string(5000, '(')), HasSubstr("too long"));
    EXPECT_THAT(error_of("\x01\x02"), HasSubstr("??"));
}

/// Seeded mutations of good expressions: only UsageError may come out, and what is accepted works and reads back.
TEST(Parser, SurvivesMutations) {
    std::mt19937_64 random(6);
    static constexpr char letters[] = "(),.+-eE0123456789 abcdefghilnoptuw2_\t\n\0\xff%'\"";
    const std::string alphabet(letters, sizeof letters - 1);
    int accepted = 0;
    for (int i = 0; i < 60000; ++i) {
        std::string text = all_kinds[random() % std::size(all_kinds)];
        for (uint64_t edits = 1 + random() % 4; edits-- > 0 && !text.empty();) {
            const size_t place = random() % text.size();
            const char c = alphabet[random() % alphabet.size()];
            switch (random() % 4) {
            case 0: text[place] = c; break;
            case 1: text.insert(place, 1, c); break;
            case 2: text.erase(place, 1 + random() % 3); break;
            default: text += text.substr(place);
            }
        }
        try {
            const Distribution d = parse_distribution(text);
            ++accepted;
            ASSERT_EQ(parse_distribution(to_string(d)), d) << text;
            for (const double u : {0.0, 0.3, 0.999999, 1.0}) ASSERT_NO_THROW(d.unit(d.at(u))) << text;
            ASSERT_GE(d.count(), 0);
        } catch (const UsageError&) {
        }
    }
    EXPECT_GT(accepted, 5000); // the mutations must reach the code behind the parser, too
}

} // namespace
} // namespace caviar
