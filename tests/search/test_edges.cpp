#include "support.h"

#include <gmock/gmock.h>

namespace caviar {
namespace {

using namespace testing_search;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> warnings(const SearchSpace& space, const Objective& f, const char* sampler = "coarse-to-fine") {
    const auto s = make_sampler(space, {.name = sampler, .seed = 1, .trials = 128});
    run(*s, f);
    return s->warnings();
}

Objective towards(const char* name, double sign) {
    return [=](const Configuration& c) { return -sign * number(c, name); };
}

TEST(EdgeWarnings, SuggestAWiderRangeAsAFlag) {
    for (const char* sampler : {"coarse-to-fine", "random"}) {
        EXPECT_THAT(warnings(space_of({{"learning_rate", "log(1e-4,1)"}}), towards("learning_rate", -1), sampler),
                    ElementsAre(HasSubstr("at the low end of log(1e-04,1); a wider range may do better: --vary 'learning_rate=log(1e-05,1)'")));
        EXPECT_THAT(warnings(space_of({{"learning_rate", "log(1e-4,1)"}}), towards("learning_rate", 1), sampler),
                    ElementsAre(HasSubstr("--vary 'learning_rate=log(1e-04,10)'")));
        EXPECT_THAT(warnings(space_of({{"momentum", "beta(0.9,0.999)"}}), towards("momentum", 1), sampler),
                    ElementsAre(HasSubstr("--vary 'momentum=beta(0.9,0.9999)'")));
        EXPECT_THAT(warnings(space_of({{"momentum", "beta(0.9,0.999)"}}), towards("momentum", -1), sampler),
                    ElementsAre(HasSubstr("--vary 'momentum=beta(0,0.999)'")));
        EXPECT_THAT(warnings(space_of({{"units", "pow2(16,128)"}}), towards("units", 1), sampler), ElementsAre(HasSubstr("units=pow2(16,512)")));
        EXPECT_THAT(warnings(space_of({{"units", "logint(16,128)"}}), towards("units", -1), sampler), ElementsAre(HasSubstr("units=logint(4,128)")));
        EXPECT_THAT(warnings(space_of({{"layers", "int(1,5)"}}), towards("layers", 1), sampler), ElementsAre(HasSubstr("layers=int(1,7)")));
        EXPECT_THAT(warnings(space_of({{"dropout", "uniform(0,0.4)"}}), towards("dropout", 1), sampler), ElementsAre(HasSubstr("dropout=uniform(0,0.6)")));
    }
}

TEST(EdgeWarnings, EverySuggestionIsAccepted) {
    for (const Field& f : fields()) {
        if (f.kind == "choice" || f.name.starts_with("units_")) continue;
        const double low = f.low < 1 && f.high > 1 ? 1 : f.low, high = f.high > 1000 ? 900 : f.high;
        const std::string kind = f.kind == "integer" ? "int(" : "uniform(";
        for (const double sign : {-1.0, 1.0}) {
            const SearchSpace space = space_of({{f.name.data(), (kind + to_string(Value{low}) + "," + to_string(Value{high}) + ")").c_str()}});
            for (const auto& line : warnings(space, towards(f.name.data(), sign), "random")) {
                const size_t begin = line.find("--vary '") + 8, equals = line.find('=', begin);
                SearchSpace wider;
                EXPECT_NO_THROW(wider.vary(line.substr(begin, equals - begin), parse_distribution(line.substr(equals + 1, line.rfind('\'') - equals - 1)))) << line;
            }
        }
    }
}

TEST(EdgeWarnings, AreQuietWhereNothingLiesBeyond) {
    EXPECT_THAT(warnings(space_of({{"dropout", "uniform(0,0.4)"}}), towards("dropout", -1)), IsEmpty());
    EXPECT_THAT(warnings(space_of({{"variance_kept", "uniform(0.5,1)"}}), towards("variance_kept", 1)), IsEmpty());
    EXPECT_THAT(warnings(space_of({{"layers", "int(0,16)"}}), towards("layers", 1)), IsEmpty());
    EXPECT_THAT(warnings(space_of({{"units", "pow2(1,64)"}}), towards("units", -1)), IsEmpty());
}

TEST(EdgeWarnings, AreQuietWhereTheBestLiesInside) {
    const Objective inside = [](const Configuration& c) { return std::abs(std::log10(number(c, "learning_rate")) + 2); };
    EXPECT_THAT(warnings(space_of({{"learning_rate", "log(1e-4,1)"}}), inside), IsEmpty());
    EXPECT_THAT(warnings(space_of({{"learning_rate", "log(1e-4,1)"}}), [](const Configuration&) { return std::numeric_limits<double>::infinity(); }), IsEmpty());
    EXPECT_THAT(warnings(space_of({{"optimizer", "choice(adam,sgd)"}}), [](const Configuration&) { return 1.0; }), IsEmpty());
}

TEST(EdgeWarnings, OneLuckyTrialAtAnEndIsNotEnough) {
    const SearchSpace space = square();
    const auto sampler = make_sampler(space, {.name = "random", .seed = 3});
    std::vector<Observation> all;
    for (const auto& c : sampler->ask(200)) {
        const double x = std::abs(number(c, "weight_decay") - 0.5);
        all.push_back({static_cast<TrialId>(all.size()), 0, c, {x, x}});
    }
    all.push_back({200, 0, {{"weight_decay", 0.999}, {"patience_factor", 0.5}}, {-1, -1}});
    sampler->tell(all);
    EXPECT_THAT(sampler->warnings(), IsEmpty());
}

TEST(EdgeWarnings, TwoPointsOfAGridAreBothEnds) {
    const auto of_points = [](int32_t points) {
        const SearchSpace space = space_of({{"learning_rate", "log(1e-4,1)"}, {"units", "logint(4,64)"}});
        const auto grid = make_sampler(space, {.name = "grid", .points = points});
        run(*grid, [](const Configuration& c) { return -number(c, "learning_rate") - number(c, "units") / 1000; });
        return grid->warnings();
    };
    EXPECT_THAT(of_points(2), IsEmpty());
    EXPECT_THAT(of_points(5), ElementsAre(HasSubstr("learning_rate=log(1e-04,10)")));
}

TEST(EdgeWarnings, KeepAnExplicitConditionInTheFlag) {
    SearchSpace space = space_of({{"optimizer", "choice(adam,sgd)"}});
    space.vary("weight_decay", parse_distribution("log(1e-4,1)"), Condition{"optimizer", {"sgd"}});
    const auto lines = warnings(space, [](const Configuration& c) { return find(c, "weight_decay") ? number(c, "weight_decay") : 1.0; });
    EXPECT_THAT(lines, ElementsAre(HasSubstr("--vary 'weight_decay=log(1e-05,1) when optimizer=sgd'")));
}

} // namespace
} // namespace caviar
