#include "caviar/error.h"
#include "caviar/space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace caviar {
namespace {

using testing::HasSubstr;

void vary(SearchSpace& space, std::string_view name, const std::string& text, std::optional<Condition> when = {}) {
    space.vary(name, parse_distribution(text), std::move(when));
}

std::string error_of(const SearchSpace& before, std::string_view name, const std::string& text, std::optional<Condition> when = {}) {
    SearchSpace space = before;
    try {
        vary(space, name, text, std::move(when));
    } catch (const UsageError& e) {
        EXPECT_EQ(space, before) << "a refused parameter must change nothing";
        return e.what();
    }
    return "no error";
}

bool has(const Configuration& c, std::string_view name) {
    return std::any_of(c.begin(), c.end(), [&](const auto& s) { return s.first == name; });
}

std::vector<std::string> names(const SearchSpace& space) {
    std::vector<std::string> result;
    for (const auto& p : space.parameters()) result.push_back(p.name);
    return result;
}

TEST(Space, ChecksNamesAndBounds) {
    const SearchSpace none;
    EXPECT_THAT(error_of(none, "learning_rte", "log(1,2)"), HasSubstr("did you mean \"learning_rate\"?"));
    EXPECT_THAT(error_of(none, "learning_rate", "uniform(-1,1)"), HasSubstr("learning_rate=uniform(-1,1): learning_rate: -1 is not allowed"));
    EXPECT_THAT(error_of(none, "momentum", "uniform(0,1)"), HasSubstr("1 is not allowed; allowed: a number from 0 and below 1"));
    EXPECT_THAT(error_of(none, "optimizer", "uniform(0,1)"), HasSubstr("takes words"));
    EXPECT_THAT(error_of(none, "optimizer", "choice(adam,adm)"), HasSubstr("did you mean \"adam\"?"));
    EXPECT_THAT(error_of(none, "units", "log(16,256)"), HasSubstr("perhaps logint"));
    EXPECT_THAT(error_of(none, "layers", "int(1,99)"), HasSubstr("99 is not allowed"));
    SearchSpace broken;
    EXPECT_THROW(broken.vary("learning_rate", Distribution{DistributionKind::log, 0, 1, {}}), UsageError);
    EXPECT_THROW(broken.vary("learning_rate", Distribution{DistributionKind::choice, 0, 0, {}}), UsageError);
    EXPECT_TRUE(broken.parameters().empty());
}

TEST(Space, BatchSizeMayBeFull) {
    SearchSpace space;
    vary(space, "batch_size", "choice(32,full)");
    EXPECT_EQ(space.resolve(space.at(std::vector{0.9}), {}).batch_size, 0);
    EXPECT_EQ(space.resolve(space.at(std::vector{0.1}), {}).batch_size, 32);
}

TEST(Space, AddsTheConditionThatTheHyperparameterHas) {
    SearchSpace space;
    vary(space, "momentum", "beta(0.8,0.99)"); // by default adam: no condition
    EXPECT_FALSE(space.find("momentum")->when);
    vary(space, "optimizer", "choice(sgd,nesterov)");
    ASSERT_TRUE(space.find("momentum")->when);
    EXPECT_EQ(space.find("momentum")->when->parameter, "optimizer");
    EXPECT_EQ(names(space), (std::vector<std::string>{"optimizer", "momentum"})) << "parents first";
    const auto sgd = space.at(std::vector{0.1, 0.5}), nesterov = space.at(std::vector{0.9, 0.5});
    EXPECT_FALSE(has(sgd, "momentum"));
    EXPECT_TRUE(has(nesterov, "momentum"));
    vary(space, "optimizer", "choice(adam,nesterov)"); // both have it
    EXPECT_FALSE(space.find("momentum")->when);
    space.fix("optimizer", "rmsprop");
    EXPECT_FALSE(space.find("momentum")) << "it can never act, so it is dropped";
}

TEST(Space, EveryAutomaticConditionHolds) {
    struct Case {
        const char *parent, *values, *child, *distribution;
        double off, on;
    };
    for (const auto& c : {Case{"optimizer", "choice(rmsprop,adam)", "momentum", "beta(0.5,0.9)", 0.1, 0.9},
                          Case{"optimizer", "choice(sgd,rmsprop)", "beta2", "beta(0.9,0.999)", 0.1, 0.9},
                          Case{"optimizer", "choice(momentum,adamw)", "epsilon", "log(1e-9,1e-3)", 0.1, 0.9},
                          Case{"schedule", "choice(constant,inverse_time)", "decay", "uniform(0,1)", 0.1, 0.9},
                          Case{"schedule", "choice(cosine,step)", "decay_factor", "uniform(0.5,1)", 0.1, 0.9},
                          Case{"schedule", "choice(exponential,step)", "decay_epochs", "int(1,9)", 0.1, 0.9},
                          Case{"schedule", "choice(constant,bergstra)", "t0", "logint(300,30000)", 0.1, 0.9},
                          Case{"scaling", "choice(none,pca)", "variance_kept", "uniform(0.5,1)", 0.1, 0.9},
                          Case{"layers", "int(0,1)", "activation", "choice(relu,tanh)", 0.1, 0.9},
                          Case{"layers", "int(2,3)", "units_3", "int(1,9)", 0.1, 0.9}}) {
        SearchSpace space;
        vary(space, c.parent, c.values);
        vary(space, c.child, c.distribution);
        EXPECT_FALSE(has(space.at(std::vector{c.off, 0.5}), c.child)) << c.child;
        EXPECT_TRUE(has(space.at(std::vector{c.on, 0.5}), c.child)) << c.child;
    }
}

TEST(Space, AParameterThatCanNeverActIsAnErrorOrLeftOut) {
    SearchSpace space;
    space.fix("optimizer", "sgd");
    EXPECT_THAT(error_of(space, "momentum", "beta(0.8,0.99)"),
                HasSubstr("momentum has an effect only where optimizer in momentum,nesterov,adam,adamw; the space has optimizer=sgd"));
    space.fix("momentum", 0.5); // harmless
    EXPECT_FALSE(space.find("momentum"));
    // where the space does not name the parent, the defaults decide once they are known
    SearchSpace alone;
    vary(alone, "t0", "logint(300,3000)");
    const auto drawn = alone.at(std::vector{0.5});
    Hyperparameters defaults;
    EXPECT_THROW(alone.resolve(drawn, defaults), UsageError);
    defaults.schedule = Schedule::bergstra;
    EXPECT_EQ(alone.resolve(drawn, defaults).t0, std::get<int64_t>(drawn.front().second));
}

TEST(Space, ExplicitConditions) {
    SearchSpace space; // before its parent, as a sorted settings file may have it
    vary(space, "dropout", "uniform(0.1,0.5)", Condition{"units", {int64_t{128}, int64_t{256}}});
    vary(space, "units", "pow2(32,256)");
    EXPECT_EQ(names(space), (std::vector<std::string>{"units", "dropout"}));
    for (const double u : {0.1, 0.3, 0.6, 0.9}) {
        const auto c = space.at(std::vector{u, 0.5});
        EXPECT_EQ(has(c, "dropout"), std::get<int64_t>(c[0].second) >= 128);
    }
    EXPECT_THAT(error_of(space, "units", "pow2(32,64)", Condition{"dropout", {0.2}}), HasSubstr("no error")); // dropout goes first
    EXPECT_THAT(error_of(space, "units", "pow2(32,256)", Condition{"dropout", {0.2}}), HasSubstr("circle"));
    EXPECT_THAT(error_of(space, "units", "pow2(32,256)", Condition{"units", {int64_t{32}}}), HasSubstr("another parameter"));
    EXPECT_THAT(error_of(space, "units", "pow2(32,256)", Condition{"optimizer", {"adm"}}), HasSubstr("did you mean"));
    EXPECT_THAT(error_of(space, "units", "pow2(32,256)", Condition{"optimizer", {}}), HasSubstr("no value"));
    space.fix("units", int64_t{32});
    EXPECT_FALSE(space.find("dropout"));
}

TEST(Space, ResolveDoesNotDependOnTheOrderOfSettings) {
    SearchSpace space;
    for (const auto& [name, text] : {std::pair{"units_2", "int(5,5)"}, {"units", "int(8,9)"}, {"layers", "int(2,3)"}, {"optimizer", "choice(adam,sgd)"}})
        vary(space, name, text);
    Configuration c = space.at(std::vector<double>(4, 0.9));
    std::sort(c.begin(), c.end());
    const Hyperparameters first = space.resolve(c, {});
    EXPECT_EQ(first.hidden, (std::vector<int32_t>{9, 5, 9}));
    do EXPECT_EQ(space.resolve(c, {}), first);
    while (std::next_permutation(c.begin(), c.end()));
    EXPECT_THROW(space.resolve({{"nonsense", 1.0}}, {}), UsageError);
    EXPECT_THROW(space.resolve({{"layers", int64_t{1}}, {"units_2", int64_t{4}}}, {}), UsageError);
}

TEST(Space, LaidDownAgainIsTheSame) {
    for (const int64_t rows : {50, 1000, 100000}) {
        const SearchSpace space = SearchSpace::standard(rows, 20, false);
        SearchSpace again;
        for (const auto& p : space.parameters()) again.vary(p.name, p.distribution, p.when);
        EXPECT_EQ(again, space);
    }
}

TEST(Space, FixReplacesInPlace) {
    SearchSpace space = SearchSpace::standard(1000, 10, false);
    const size_t before = space.varying().size();
    space.fix("dropout", 0.0);
    EXPECT_EQ(space.varying().size(), before - 1);
    EXPECT_EQ(space.resolve(space.at(std::vector<double>(space.parameters().size(), 0.5)), {}).dropout, 0);
    EXPECT_THROW(space.at(std::vector{0.5}), UsageError);
}

TEST(StandardSpace, DrawsSoundTrialsForEverySizeOfTable) {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> unit(0, 1);
    for (const int64_t rows : {0, 1, 5, 30, 200, 1797, 30000, 5000000})
        for (const int64_t inputs : {0, 1, 64, 784})
            for (const bool regression : {false, true}) {
                const SearchSpace space = SearchSpace::standard(rows, inputs, regression);
                EXPECT_EQ(space.parameters().front().name, "learning_rate");
                for (int i = 0; i < 50; ++i) {
                    std::vector<double> u(space.parameters().size());
                    for (double& v : u) v = unit(random);
                    const auto h = space.resolve(space.at(u), {});
                    ASSERT_NO_THROW(check(h));
                    ASSERT_LE(h.batch_size, std::max<int64_t>(rows, 1));
                }
            }
}

/// Seeded sequences of vary and fix: whatever was accepted must draw settings that resolve and stay in range.
TEST(Space, SurvivesRandomBuilding) {
    std::mt19937_64 random(8);
    std::uniform_real_distribution<double> unit(0, 1);
    const char* const texts[] = {"uniform(0,0.9)", "log(1e-4,1)", "beta(0.5,0.99)", "int(0,3)",   "int(1,3)",         "logint(1,64)",    "pow2(1,64)",
                                 "choice(sgd,adam)", "rmsprop",   "adam",           "choice(1,2)", "choice(constant,step)", "one_cycle", "0.5", "2", "pca"};
    int accepted = 0, drawn = 0;
    for (int round = 0; round < 400; ++round) {
        SearchSpace space;
        for (int step = 0; step < 25; ++step) {
            const Field& f = fields()[random() % (fields().size() - max_layers)]; // one layer's own width needs that layer
            std::optional<Condition> when;
            if (random() % 4 == 0) when = Condition{std::string(fields()[random() % fields().size()].name), {int64_t{1}, int64_t{2}, "adam"}};
            if (when && random() % 2) when->values = {"adam"};
            try {
                space.vary(f.name, parse_distribution(texts[random() % std::size(texts)]), when);
                ++accepted;
            } catch (const UsageError&) {
            }
        }
        for (const Parameter& p : space.parameters()) {
            const Parameter* parent = p.when ? space.find(p.when->parameter) : nullptr;
            ASSERT_TRUE(!parent || parent < &p) << p.name;
        }
        std::vector<double> u(space.parameters().size());
        for (double& v : u) v = unit(random);
        try {
            check(space.resolve(space.at(u), {}));
            ++drawn;
        } catch (const UsageError&) { // a default forbids it, or a layer that is not there
        }
    }
    EXPECT_GT(accepted, 1000);
    EXPECT_GT(drawn, 100);
}

} // namespace
} // namespace caviar
