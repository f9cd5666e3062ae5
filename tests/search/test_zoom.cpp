// Coarse-to-fine with a model inside its boxes, and a box as a space.

#include "support.h"

#include "host/search/zoom.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace caviar {
namespace {

using namespace testing_search;
using ::testing::HasSubstr;
using json = nlohmann::json;

SearchSpace mixed() {
    SearchSpace space = space_of({{"learning_rate", "log(1e-5,10)"},
                                  {"optimizer", "choice(sgd,nesterov,adam,adam)"},
                                  {"momentum", "beta(0.5,0.999)"},
                                  {"layers", "int(0,3)"},
                                  {"units", "logint(1,200)"},
                                  {"batch_size", "pow2(1,256)"}});
    space.vary("units_3", parse_distribution("int(1,9)"));
    return space;
}

double mixed_value(const Configuration& c) {
    return std::abs(std::log10(number(c, "learning_rate")) + 2) + std::abs(number(c, "layers") - 1) + std::abs(std::log2(number(c, "batch_size")) - 5) / 3 +
           (word(c, "optimizer") == "nesterov" ? 0 : 1);
}

TEST(Zoom, ABoxIsASpaceOfItsOwn) {
    const SearchSpace space = mixed();
    search::Box box = search::whole(space);
    const auto side = [&](std::string_view name) -> search::Side& {
        for (size_t i = 0;; ++i)
            if (space.parameters()[i].name == name) return box.sides[i];
    };
    side("learning_rate") = {.low = 0.5, .high = 0.75, .weights = {}, .elite_count = {}};
    side("layers") = {.low = 0.25, .high = 0.75, .weights = {}, .elite_count = {}};
    side("batch_size") = {.low = 0.3, .high = 0.3, .weights = {}, .elite_count = {}};
    side("optimizer").weights = {0.01, 0.19, 0.8, 0};
    const SearchSpace part = search::zoomed(space, box);
    EXPECT_EQ(to_string(part.find("layers")->distribution), "int(1,2)") << "a cell is its own up to, and not with, its end";
    EXPECT_EQ(to_string(part.find("batch_size")->distribution), "pow2(4,4)");
    EXPECT_EQ(part.find("units_3"), nullptr) << "no third layer is left";
    const auto& optimizers = part.find("optimizer")->distribution.choices;
    EXPECT_EQ(optimizers.size(), 1u + 4 + 16);
    EXPECT_NEAR(part.find("learning_rate")->distribution.low, 1e-2, 1e-9);
    EXPECT_NEAR(part.find("learning_rate")->distribution.high, std::pow(10, -0.5), 1e-9);

    // Any point of it is a setting of the whole space, and is found inside again.
    search::History history(space);
    const auto trials = run(*make_sampler(part, {.name = "random", .seed = 3, .trials = 50}), mixed_value);
    for (const Observation& o : trials) EXPECT_NO_THROW(history.tell({&o, 1}));
    EXPECT_EQ(search::inside(part, space, history, 50).size(), 50u);
    EXPECT_EQ(search::inside(part, space, history, 7).size(), 7u);
    search::History wide(space);
    wide.tell(run(*make_sampler(space, {.name = "random", .seed = 3, .trials = 400}), mixed_value));
    const auto in = search::inside(part, space, wide, 400);
    for (const Observation& o : in) {
        EXPECT_GE(number(o.configuration, "learning_rate"), 1e-2);
        EXPECT_EQ(number(o.configuration, "batch_size"), 4);
        EXPECT_NE(number(o.configuration, "layers"), 3);
    }
    EXPECT_GT(in.size(), 0u);
    EXPECT_LT(in.size(), 40u) << "a quarter of the rates, half of the depths and a ninth of the batch sizes: 5.6 expected";
}

class ModelInTheBox : public ::testing::TestWithParam<std::string> {
protected:
    std::unique_ptr<Sampler> make(const SearchSpace& space, uint64_t seed, int64_t trials, double explore = 0.2) const {
        return make_sampler(space, {.seed = seed, .trials = trials, .explore = explore, .draw = GetParam()});
    }
};
INSTANTIATE_TEST_SUITE_P(Search, ModelInTheBox, ::testing::Values("tpe", "gp"), [](const auto& test) { return test.param; });

TEST_P(ModelInTheBox, DependsOnNothingButSeedAndObservations) {
    const auto whole = run(*make(mixed(), 6, 70), mixed_value);
    EXPECT_EQ(whole.size(), 70u);
    for (const int64_t chunk : {1, 7, 69}) EXPECT_EQ(configurations(run(*make(mixed(), 6, 70), mixed_value, chunk)), configurations(whole)) << chunk;
    EXPECT_NE(configurations(run(*make(mixed(), 7, 70), mixed_value)), configurations(whole));

    // A new sampler told what the old one was told, in the middle of a round too, goes on the same and says the same.
    const auto old = make(mixed(), 6, 70);
    for (const size_t told : {0u, 13u, 28u, 40u, 41u, 69u}) {
        const auto fresh = make(mixed(), 6, 70), again = make(mixed(), 6, 70);
        fresh->tell(std::span(whole).first(told));
        for (size_t i = 0; i < told; ++i) again->tell(std::span(whole).subspan(i, 1));
        EXPECT_EQ(again->state(), fresh->state());
        EXPECT_EQ(again->explain(), fresh->explain());
        const auto next = fresh->ask(1);
        ASSERT_EQ(next.size(), 1u);
        EXPECT_EQ(next.front(), whole[told].configuration);
        EXPECT_EQ(again->ask(1), next);
    }
}

TEST_P(ModelInTheBox, ProposesInTheBoxAndExploresBeyondIt) {
    const SearchSpace space = square();
    const auto bowl = [](const Configuration& c) { return std::hypot(number(c, "weight_decay") - 0.3, number(c, "patience_factor") - 0.6); };
    for (const double explore : {0.0, 0.5}) {
        const auto sampler = make(space, 5, 128, explore);
        std::vector<Observation> all;
        int outside = 0, later = 0;
        for (int32_t round = 0;; ++round) {
            const json state = json::parse(sampler->state());
            if (round > 0 && state.contains("box")) {
                EXPECT_EQ(state.at("model"), GetParam());
                EXPECT_THAT(sampler->explain(), HasSubstr("that " + GetParam() + " proposes in the box around the best"));
            }
            const auto asked = sampler->ask(1000);
            if (asked.empty()) break;
            const size_t begin = all.size();
            for (const auto& c : asked) {
                const auto in = [&](const char* name) {
                    const auto& side = state["box"][name];
                    return number(c, name) >= side["low"].get<double>() && number(c, name) <= side["high"].get<double>();
                };
                later += round > 0;
                outside += round > 0 && !(in("weight_decay") && in("patience_factor"));
                all.push_back({static_cast<TrialId>(all.size()), round, c, {bowl(c), bowl(c)}});
            }
            sampler->tell(std::span(all).subspan(begin));
        }
        if (explore == 0) EXPECT_EQ(outside, 0);
        else EXPECT_GT(outside, later / 5) << "half of them go anywhere, and the box is less than half the space";
    }
}

TEST_P(ModelInTheBox, FindsBranin) {
    constexpr int seeds = 20;
    double sum = 0;
    for (uint64_t seed = 0; seed < seeds; ++seed) sum += least(run(*make(square(), seed, 100), branin_of));
    EXPECT_GE(sum / seeds, 0.397887 - 1e-6);
    // Random search's best of 200 is .6567 +- .258 (an exact Monte Carlo of 20,000 repeats): half as many trials must do better than the
    // mean of 20 such searches does once in a thousand times.
    EXPECT_LT(sum / seeds, 0.6567 - 3.09 * 0.258 / std::sqrt(seeds));
}

TEST_P(ModelInTheBox, BearsOddSpacesBudgetsAndScores) {
    SearchSpace fixed;
    fixed.fix("learning_rate", 0.1);
    for (const int64_t trials : {1, 2, 11, 40})
        for (const auto& space : {SearchSpace{}, fixed, square(), mixed(), space_of({{"optimizer", "choice(adam,sgd)"}}), space_of({{"units", "int(1,2)"}})})
            for (const double score : {1.0, std::numeric_limits<double>::infinity()})
                EXPECT_EQ(run(*make(space, 1, trials), [&](const Configuration&) { return score; }).size(), static_cast<size_t>(trials));
}

} // namespace
} // namespace caviar
