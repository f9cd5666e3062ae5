// The density estimate of tpe.

#include "support.h"

#include "host/search/parzen.h"

namespace caviar {
namespace {

using namespace testing_search;
using search::Cube;
using search::Parzen;

std::vector<double> settled(const Cube& cube, std::vector<double> point) {
    cube.settle(point);
    return point;
}

/// The integral over the first axis, by the midpoint rule; the others stay as they are.
double over_first_axis(const Parzen& parzen, const Cube& cube, std::vector<double> at) {
    constexpr int parts = 4000;
    double sum = 0;
    for (int i = 0; i < parts; ++i) {
        at[0] = (i + 0.5) / parts;
        sum += std::exp(parzen.log_density(settled(cube, at))) / parts;
    }
    return sum;
}

TEST(Parzen, ADensityIntegratesToOne) {
    const Cube cube(space_of({{"weight_decay", "uniform(0,1)"}}));
    Parzen parzen(cube);
    EXPECT_NEAR(over_first_axis(parzen, cube, {0}), 1, 1e-12) << "of no trials: the space's own";
    for (const double centre : {0.0, 0.02, 0.5, 0.999}) parzen.add(std::vector{centre}, std::vector{0.05});
    EXPECT_NEAR(over_first_axis(parzen, cube, {0}), 1, 1e-5); // the midpoint rule's error: (1/4000)^2 / 24 times the slope's jumps at the ends
}

TEST(Parzen, MassesOfWholeNumbersAndChoicesAddUpToOne) {
    for (const char* text : {"int(1,7)", "logint(1,9)", "int(1,200)", "logint(3,300)"}) {
        const SearchSpace space = space_of({{"units", text}, {"optimizer", "choice(adam,sgd,adam)"}});
        const Cube cube(space);
        Parzen parzen(cube);
        for (const double centre : {0.01, 0.4, 0.95}) parzen.add(settled(cube, {centre, centre}), std::vector{0.06, 0.06});
        double sum = 0;
        const Distribution& d = space.parameters()[0].distribution;
        for (auto v = static_cast<int64_t>(d.low); v <= static_cast<int64_t>(d.high); ++v)
            for (const double choice : {0.1, 0.5}) sum += std::exp(parzen.log_density(settled(cube, {d.unit(Value{v}), choice})));
        EXPECT_NEAR(sum, 1, 2e-3) << text; // cells narrower than a fifth of a kernel are taken at their middle, right to 0.2%
    }
}

TEST(Parzen, DrawsWhatItsDensitySays) {
    const SearchSpace space = space_of({{"optimizer", "choice(sgd,nesterov)"}, {"momentum", "uniform(0,0.5)"}, {"layers", "int(0,2)"}});
    const Cube cube(space);
    Parzen parzen(cube);
    parzen.add(settled(cube, {0.25, 0.3, 0.1}), std::vector{0.1, 0.1, 0.3}); // sgd: no momentum
    parzen.add(settled(cube, {0.75, 0.3, 0.9}), std::vector{0.1, 0.1, 0.3});
    constexpr int draws = 20000;
    std::vector<double> seen(12, 0.0), expected(12, 0.0);
    std::vector<double> point(3);
    for (int i = 0; i < draws; ++i) {
        search::Stream stream(3, static_cast<uint64_t>(i), search::Use::acquisition);
        parzen.draw(stream, point);
        ASSERT_EQ(std::isnan(point[1]), point[0] < 0.5);
        const size_t half = std::isnan(point[1]) ? 0 : point[1] < 0.5 ? 1 : 2; // a half of the momentum's scale
        ++seen[half * 3 + static_cast<size_t>(point[2] * 3)];
    }
    for (size_t layers = 0; layers < 3; ++layers) {
        const double there = (static_cast<double>(layers) + 0.5) / 3;
        expected[layers] = std::exp(parzen.log_density(settled(cube, {0.25, 0, there})));
        constexpr int parts = 1000;
        for (int i = 0; i < parts; ++i) {
            const double u = (i + 0.5) / parts;
            expected[(u < 0.5 ? 3 : 6) + layers] += std::exp(parzen.log_density(settled(cube, {0.75, u, there}))) / parts;
        }
    }
    double sum = 0;
    for (size_t k = 0; k < 9; ++k) {
        sum += expected[k];
        EXPECT_NEAR(seen[k] / draws, expected[k], 4.5 * std::sqrt(expected[k] / draws)) << k; // standard errors of a binomial share
    }
    EXPECT_NEAR(sum, 1, 1e-3);
}

TEST(Cube, SettlesAPointAsTheHistoryWouldHoldIt) {
    SearchSpace space = space_of({{"learning_rate", "log(1e-4,1)"}, {"layers", "int(0,3)"}, {"units", "logint(1,50)"},
                                  {"optimizer", "choice(sgd,adam,nesterov,adam)"}, {"momentum", "beta(0.5,0.9)"}, {"batch_size", "pow2(1,64)"}});
    space.vary("dropout", parse_distribution("uniform(0,0.5)"), Condition{"layers", {int64_t{2}, int64_t{3}}});
    space.fix("activation", std::string("tanh"));
    const Cube cube(space);
    for (uint64_t i = 0; i < 500; ++i) {
        search::Stream stream(1, i);
        std::vector<double> point(space.parameters().size());
        for (double& u : point) u = stream.uniform();
        const Configuration c = space.at(point);
        cube.settle(point);
        EXPECT_EQ(space.at(point), c);
        for (size_t d = 0; d < point.size(); ++d) {
            const Value* value = find(c, space.parameters()[d].name);
            ASSERT_EQ(std::isnan(point[d]), value == nullptr) << space.parameters()[d].name;
            if (!value) continue;
            EXPECT_NEAR(point[d], space.parameters()[d].distribution.unit(*value), 1e-12) << space.parameters()[d].name; // rounding
        }
    }
}

} // namespace
} // namespace caviar
