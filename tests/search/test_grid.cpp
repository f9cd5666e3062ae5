#include "support.h"

#include "caviar/error.h"

#include <limits>
#include <random>
#include <set>

namespace caviar {
namespace {

using namespace testing_search;

std::vector<Configuration> all_points(const SearchSpace& space, int32_t points, int64_t chunk = 1 << 20) {
    const auto sampler = make_sampler(space, {.name = "grid", .points = points});
    return configurations(run(*sampler, [](const Configuration&) { return 0.0; }, chunk));
}

std::set<std::string> as_set(const std::vector<Configuration>& points) {
    std::set<std::string> result;
    for (const auto& c : points) {
        std::string text;
        for (const auto& [name, value] : c) text += name + "=" + to_string(value) + ";";
        result.insert(text);
    }
    return result;
}

TEST(Grid, SpreadsEachScaleFromEndToEnd) {
    const auto lr = all_points(space_of({{"learning_rate", "log(1e-4,1)"}}), 5);
    ASSERT_EQ(lr.size(), 5u);
    for (size_t i = 0; i < 5; ++i) EXPECT_NEAR(std::log10(number(lr[i], "learning_rate")), -4.0 + static_cast<double>(i), 1e-12);
    EXPECT_EQ(number(lr.front(), "learning_rate"), 1e-4);
    EXPECT_EQ(number(lr.back(), "learning_rate"), 1.0);
    const auto beta = all_points(space_of({{"momentum", "beta(0.9,0.999)"}}), 3);
    EXPECT_NEAR(number(beta[1], "momentum"), 0.99, 1e-12);
    EXPECT_EQ(all_points(space_of({{"weight_decay", "uniform(0,1)"}}), 1), (std::vector<Configuration>{{{"weight_decay", 0.5}}}));
    // whole numbers: all of a few, spread where there are many; powers of two always all
    EXPECT_EQ(all_points(space_of({{"layers", "int(1,3)"}}), 5).size(), 3u);
    EXPECT_EQ(all_points(space_of({{"units", "int(1,1001)"}}), 5).size(), 5u);
    EXPECT_EQ(number(all_points(space_of({{"units", "int(1,1001)"}}), 5)[2], "units"), 501);
    EXPECT_EQ(all_points(space_of({{"batch_size", "pow2(1,1024)"}}), 5).size(), 11u);
    EXPECT_EQ(all_points(space_of({{"optimizer", "choice(adam,sgd,adam)"}}), 5).size(), 2u);
}

TEST(Grid, InactiveParametersMultiplyNothing) {
    const SearchSpace space = space_of({{"learning_rate", "log(1e-4,1)"}, {"optimizer", "choice(sgd,nesterov)"}, {"momentum", "beta(0.8,0.99)"}});
    EXPECT_EQ(grid_size(space, 5), 5 * (1 + 5));
    const auto points = all_points(space, 5);
    EXPECT_EQ(points.size(), 30u);
    EXPECT_EQ(as_set(points).size(), 30u);
    for (const auto& c : points) EXPECT_EQ(find(c, "momentum") != nullptr, word(c, "optimizer") == "nesterov");
    // layers 1: units_1; layers 2: units_1 and units_2, three values each
    EXPECT_EQ(grid_size(space_of({{"layers", "int(1,2)"}, {"units_1", "int(1,3)"}, {"units_2", "int(1,3)"}}), 5), 3 + 9);
}

TEST(Grid, TheLastParameterChangesFastest) {
    const auto points = all_points(space_of({{"layers", "int(1,2)"}, {"optimizer", "choice(adam,sgd)"}}), 5);
    EXPECT_EQ(points, (std::vector<Configuration>{{{"layers", int64_t{1}}, {"optimizer", "adam"}},
                                                  {{"layers", int64_t{1}}, {"optimizer", "sgd"}},
                                                  {{"layers", int64_t{2}}, {"optimizer", "adam"}},
                                                  {{"layers", int64_t{2}}, {"optimizer", "sgd"}}}));
    EXPECT_EQ(all_points(space_of({{"layers", "int(1,2)"}, {"optimizer", "choice(adam,sgd)"}}), 5, 3), points);
}

/// Against the plain definition: every combination of values, those of inactive parameters struck out, doubles removed.
TEST(Grid, AgreesWithEnumerationOnRandomConditionalSpaces) {
    std::mt19937_64 random(21);
    const std::vector<std::pair<const char*, const char*>> pool = {
        {"optimizer", "choice(sgd,nesterov,adam,rmsprop)"}, {"momentum", "beta(0.8,0.99)"}, {"beta2", "choice(0.9,0.99)"},
        {"schedule", "choice(constant,step,exponential)"},  {"decay_factor", "uniform(0.1,1)"}, {"decay_epochs", "int(1,2)"},
        {"layers", "int(0,2)"}, {"units", "choice(8,16)"}, {"units_2", "pow2(4,8)"}, {"dropout", "uniform(0,0.5)"}};
    for (int round = 0; round < 40; ++round) {
        auto picked = pool;
        std::shuffle(picked.begin(), picked.end(), random);
        picked.resize(2 + random() % 6);
        SearchSpace space;
        for (const auto& [name, text] : picked) space.vary(name, parse_distribution(text));
        constexpr int32_t points = 3;
        // Unit coordinates that reach every grid value: twelfths for whole numbers and choices, thirds of the ends for the rest.
        std::vector<std::vector<double>> axes;
        double combinations = 1;
        for (const auto& p : space.parameters()) {
            std::vector<double> axis = {0, 0.5, 1};
            if (const int64_t n = p.distribution.count(); n > 0) {
                axis.clear();
                for (int64_t k = 0; k < n; ++k) axis.push_back((static_cast<double>(k) + 0.5) / static_cast<double>(n));
            }
            combinations *= static_cast<double>(axis.size());
            axes.push_back(axis);
        }
        if (combinations > 5000) continue;
        std::vector<Configuration> every;
        std::vector<size_t> at(axes.size(), 0);
        for (bool more = true; more;) {
            std::vector<double> u;
            for (size_t d = 0; d < axes.size(); ++d) u.push_back(axes[d][at[d]]);
            every.push_back(space.at(u));
            more = false;
            for (size_t d = axes.size(); d-- > 0 && !more;) {
                if (++at[d] < axes[d].size()) more = true;
                else at[d] = 0;
            }
        }
        const auto grid = all_points(space, points);
        ASSERT_EQ(as_set(grid), as_set(every));
        ASSERT_EQ(grid.size(), as_set(grid).size()) << "no point twice";
        ASSERT_EQ(grid_size(space, points), static_cast<int64_t>(grid.size()));
    }
}

TEST(Grid, SizesSaturateAndAnyPointIsReachedAtOnce) {
    SearchSpace space;
    for (const Field& f : fields())
        if (f.kind == "real" && f.when.empty()) space.vary(f.name, parse_distribution("uniform(0.1,0.2)"));
    for (const char* name : {"epochs", "patience", "patience_from"}) space.vary(name, parse_distribution("int(1,100000)"));
    ASSERT_GE(space.parameters().size(), 5u); // (10^4)^5 = 10^20 points
    EXPECT_EQ(grid_size(space, 10'000), std::numeric_limits<int64_t>::max());
    EXPECT_EQ(make_sampler(space, {.name = "grid", .points = 10'000})->ask(3).size(), 3u);
}

TEST(Grid, SaysSoWhereTheBudgetIsTooSmall) {
    const auto sampler = make_sampler(square(), {.name = "grid", .trials = 10, .points = 5});
    EXPECT_EQ(run(*sampler, branin_of).size(), 10u);
    ASSERT_FALSE(sampler->warnings().empty());
    EXPECT_NE(sampler->warnings().front().find("25 points and only the first 10"), std::string::npos);
}

} // namespace
} // namespace caviar
