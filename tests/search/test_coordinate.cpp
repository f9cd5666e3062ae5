#include "support.h"

#include "host/search/priority.h"

#include "caviar/error.h"

#include <nlohmann/json.hpp>

#include <limits>
#include <set>

namespace caviar {
namespace {

using namespace testing_search;
using json = nlohmann::json;

std::unique_ptr<Sampler> coordinate(const SearchSpace& space, uint64_t seed, int64_t trials) {
    return make_sampler(space, {.name = "coordinate", .seed = seed, .trials = trials});
}

/// A batch as the sampler states it, and its trials.
struct Batch {
    json state;
    std::vector<Observation> trials;
};

std::vector<Batch> batches(Sampler& sampler, const Objective& f) {
    std::vector<Batch> all;
    TrialId id = 0;
    for (;;) {
        Batch batch{json::parse(sampler.state()), {}};
        for (const auto& c : sampler.ask(1 << 20)) batch.trials.push_back({id++, static_cast<int32_t>(all.size()), c, {f(c), f(c)}});
        if (batch.trials.empty()) return all;
        sampler.tell(batch.trials);
        all.push_back(std::move(batch));
    }
}

/// The parameters whose lines were searched in the first sweep, in order.
std::vector<std::string> first_sweep(const std::vector<Batch>& all) {
    std::vector<std::string> order;
    for (const Batch& b : all)
        if (b.state.value("descent", 0) == 1 && b.state.value("sweep", 0) == 1 && (order.empty() || order.back() != b.state["parameter"]))
            order.push_back(b.state["parameter"]);
    return order;
}

const Objective bowl = [](const Configuration& c) {
    return std::pow(std::log10(number(c, "learning_rate")) + 2.6, 2) + std::pow((number(c, "layers") - 3) / 4, 2) +
           (word(c, "activation") == "gelu" ? 0 : 0.5) + std::abs(std::log2(number(c, "batch_size")) - 5) / 8;
};

SearchSpace bowl_space() {
    return space_of({{"activation", "choice(relu,tanh,gelu)"}, {"layers", "int(1,6)"}, {"batch_size", "pow2(8,256)"}, {"learning_rate", "log(1e-5,1)"}});
}

TEST(Priority, IsTheOrderTaught) {
    const SearchSpace space = space_of({{"dropout", "uniform(0,0.5)"}, {"epsilon", "log(1e-9,1e-3)"}, {"beta2", "beta(0.9,0.9999)"},
                                        {"decay", "log(0.01,1)"}, {"schedule", "choice(inverse_time,cosine)"}, {"layers", "int(1,3)"},
                                        {"batch_size", "pow2(16,64)"}, {"units", "int(4,64)"}, {"momentum", "beta(0.5,0.99)"},
                                        {"optimizer", "choice(adam,rmsprop)"}, {"learning_rate", "log(1e-4,1)"}, {"init_scale", "2"}});
    std::vector<std::string> order;
    for (const size_t i : search::by_priority(space)) order.push_back(space.parameters()[i].name);
    EXPECT_EQ(order, (std::vector<std::string>{"learning_rate", "momentum", "units", "batch_size", "layers", "schedule", "decay", "beta2", "epsilon",
                                               "optimizer", "dropout"}));
    for (const Field& f : fields()) EXPECT_NO_THROW((void)search::priority(f.name));
}

TEST(Coordinate, SearchesOneParameterAfterTheOther) {
    const auto all = batches(*coordinate(bowl_space(), 1, 120), bowl);
    EXPECT_EQ(first_sweep(all), (std::vector<std::string>{"learning_rate", "batch_size", "layers", "activation"}));
    // In a batch only the one named differs from the incumbent, and every numeric value lies in the interval stated.
    std::vector<Configuration> by_id;
    for (const Batch& b : all) {
        for (const Observation& t : b.trials) {
            by_id.push_back(t.configuration);
            if (!b.state.contains("parameter")) continue;
            const Configuration& incumbent = by_id[b.state["incumbent"].get<size_t>()];
            for (const auto& [name, value] : t.configuration) EXPECT_EQ(value == *find(incumbent, name), name != b.state["parameter"].get<std::string>());
            if (!b.state.contains("low")) continue;
            const double v = number(t.configuration, b.state["parameter"].get<std::string>());
            EXPECT_GE(v, b.state["low"].get<double>());
            EXPECT_LE(v, b.state["high"].get<double>());
        }
    }
}

TEST(Coordinate, KeepsOnlyWhatIsBetter) {
    const auto all = batches(*coordinate(bowl_space(), 1, 120), bowl);
    std::vector<double> badness;
    double kept = std::numeric_limits<double>::infinity();
    int descent = 0;
    for (const Batch& b : all) {
        if (b.state.contains("incumbent")) {
            if (b.state["descent"] != descent) kept = std::numeric_limits<double>::infinity();
            descent = b.state["descent"];
            const double now = badness[b.state["incumbent"].get<size_t>()];
            EXPECT_LE(now, kept);
            kept = now;
        }
        for (const Observation& t : b.trials) badness.push_back(t.score.badness);
    }
    // Each term of the bowl depends on one parameter, so that a first descent finds the best of each.
    const Observation* best = nullptr;
    for (const Batch& b : all)
        for (const Observation& t : b.trials)
            if (!best || t.score < best->score) best = &t;
    EXPECT_EQ(number(best->configuration, "layers"), 3);
    EXPECT_EQ(number(best->configuration, "batch_size"), 32);
    EXPECT_EQ(word(best->configuration, "activation"), "gelu");
    EXPECT_NEAR(std::log10(number(best->configuration, "learning_rate")), -2.6, 0.05);
}

TEST(Coordinate, TheLineIsBracketedAndThenRefined) {
    // 60 trials of one parameter: batches of 10 in tenths of five decades, then in the two tenths around the best.
    const auto all = batches(*coordinate(space_of({{"learning_rate", "log(1e-5,1)"}}), 1, 60),
                             [](const Configuration& c) { return std::abs(std::log10(number(c, "learning_rate")) + 4.2); });
    ASSERT_GE(all.size(), 3u);
    EXPECT_EQ(all[0].trials.size(), 10u);
    EXPECT_NEAR(std::log10(number(all[0].trials[0].configuration, "learning_rate")), -2.5, 1e-12) << "the middle comes first";
    for (size_t k = 0; k < 10; ++k)
        EXPECT_NEAR(std::log10(number(all[1].trials[k].configuration, "learning_rate")), -5 + 0.5 * (static_cast<double>(k) + 0.5), 1e-12);
    for (size_t b = 1; b + 1 < all.size() && all[b + 1].state["descent"] == 1; b += 2) {
        const auto decades = [&](size_t i) { return std::log10(all[i].state["high"].get<double>() / all[i].state["low"].get<double>()); };
        EXPECT_LE(decades(b + 1), decades(b) / 5 + 1e-9);
    }
}

TEST(Coordinate, BeginsAgainFromTheRunnerUp) {
    // A bowl is at its bottom after a few sweeps of three values each; then the next-best starting point has its turn.
    const SearchSpace space = space_of({{"layers", "int(1,3)"}, {"batch_size", "pow2(16,64)"}, {"activation", "choice(relu,tanh,gelu)"}});
    const auto f = [](const Configuration& c) {
        return number(c, "layers") + std::log2(number(c, "batch_size")) + (word(c, "activation") == "tanh" ? 0 : 1);
    };
    const auto all = batches(*coordinate(space, 1, 1000), f);
    std::set<std::string> different;
    size_t trials = 0;
    for (const Batch& b : all) {
        for (const Observation& t : b.trials) {
            std::string text;
            for (const auto& [name, value] : t.configuration) text += to_string(value) + " ";
            different.insert(text);
            ++trials;
        }
    }
    EXPECT_EQ(trials, different.size()) << "nothing is tried twice";
    EXPECT_EQ(trials, 27u) << "it goes on until there is nothing left, and then ends";
}

TEST(Coordinate, LeavesOutWhatHasNoEffect) {
    const SearchSpace space = space_of({{"optimizer", "choice(sgd,nesterov)"}, {"momentum", "beta(0.5,0.999)"}, {"learning_rate", "log(1e-4,1)"}});
    const Objective sgd_is_best = [](const Configuration& c) {
        return std::abs(std::log10(number(c, "learning_rate")) + 2) + (word(c, "optimizer") == "sgd" ? 0.0 : 1 + std::abs(number(c, "momentum") - 0.9));
    };
    const auto all = batches(*coordinate(space, 1, 60), sgd_is_best);
    EXPECT_EQ(first_sweep(all), (std::vector<std::string>{"learning_rate", "optimizer"})) << "the incumbent is sgd: a choice begins with its first value";
    const Objective nesterov_is_best = [&](const Configuration& c) { return -sgd_is_best(c); };
    bool tuned = false;
    for (const Batch& b : batches(*coordinate(space, 1, 100), nesterov_is_best)) tuned |= b.state.value("parameter", "") == "momentum";
    EXPECT_TRUE(tuned) << "once the optimizer has it";
}

TEST(Coordinate, DependsOnNothingButSeedAndObservations) {
    const SearchSpace space = SearchSpace::standard(1000, 10, false);
    const Objective f = [](const Configuration& c) {
        return std::abs(std::log10(number(c, "learning_rate")) + 2) + (word(c, "optimizer") == "adam" ? 0 : 0.2);
    };
    const auto whole = run(*coordinate(space, 6, 150), f);
    EXPECT_EQ(whole.size(), 150u);
    for (const int64_t chunk : {1, 3, 7}) EXPECT_EQ(configurations(run(*coordinate(space, 6, 150), f, chunk)), configurations(whole)) << chunk;
    EXPECT_NE(configurations(run(*coordinate(space, 7, 150), f)), configurations(whole));
    const auto old = coordinate(space, 6, 150);
    for (size_t told = 0; told < whole.size();) {
        const auto fresh = coordinate(space, 6, 150);
        fresh->tell(std::span(whole).first(told));
        EXPECT_EQ(fresh->state(), old->state());
        EXPECT_EQ(fresh->explain(), old->explain());
        const auto asked = old->ask(1000);
        EXPECT_EQ(fresh->ask(1000), asked);
        old->tell(std::span(whole).subspan(told, asked.size()));
        told += asked.size();
    }
    EXPECT_TRUE(old->ask(1000).empty());
    EXPECT_EQ(old->explain(), "");
}

TEST(Coordinate, SurvivesTrialsThatDivergeAndOddSpaces) {
    for (const double bad : {std::numeric_limits<double>::infinity(), std::nan("")})
        EXPECT_EQ(run(*coordinate(SearchSpace::standard(1000, 10, false), 1, 200), [&](const Configuration&) { return bad; }).size(), 200u);
    for (const int64_t trials : {1, 2, 3, 5, 17})
        EXPECT_EQ(run(*coordinate(SearchSpace::standard(100, 5, true), 1, trials), [](const Configuration&) { return 1.0; }).size(),
                  static_cast<size_t>(trials));
    for (const auto& space : {SearchSpace{}, space_of({{"layers", "int(2,2)"}})})
        EXPECT_EQ(run(*coordinate(space, 1, 9), [](const Configuration&) { return 1.0; }).size(), 1u) << "there is one setting";
    EXPECT_EQ(run(*coordinate(space_of({{"optimizer", "choice(adam,sgd,adam)"}}), 1, 9), [](const Configuration&) { return 1.0; }).size(), 2u);
    EXPECT_EQ(run(*coordinate(square(), 1, 0), branin_of).size(), 256u);
    EXPECT_THROW(coordinate(square(), 1, 1'000'001), UsageError);
}

TEST(Coordinate, ExplainsItsLine) {
    const auto sampler = coordinate(space_of({{"learning_rate", "log(1e-4,1)"}, {"optimizer", "choice(adam,sgd)"}}), 1, 48);
    EXPECT_EQ(sampler->explain(), "the middle of every scale and further starting points: 4 trials; then one hyperparameter at a time: learning_rate, optimizer");
    const auto tell = [&](TrialId first, double best) {
        std::vector<Observation> all;
        for (const auto& c : sampler->ask(1000)) {
            const double x = std::abs(std::log10(number(c, "learning_rate")) - best) + (word(c, "optimizer") == "adam" ? 1 : 0.0);
            all.push_back({first++, 0, c, {x, x}});
        }
        sampler->tell(all);
        return first;
    };
    TrialId next = tell(0, -2);
    EXPECT_NE(sampler->explain().find("descent 1, sweep 1, learning_rate: 4 trials from 0.0001 to 1; all else as in trial "), std::string::npos) << sampler->explain();
    next = tell(next, -1.5);
    next = tell(next, -1.5);
    EXPECT_NE(sampler->explain().find("is better (trial "), std::string::npos) << sampler->explain();
}

} // namespace
} // namespace caviar
