/// A trial's bits are its own: alone or among others, in any order, on any number of threads, in one go or in pieces, saved and restored, with
/// neighbours that diverge.
#include "engines.h"
#include "random_trials.h"

#include "caviar/error.h"

#include <algorithm>
#include <map>
#include <stop_token>

namespace caviar::reference {
namespace {

class Independence : public EachEngine {};
constexpr int epochs = 3;
const PopulationOptions options{99, Loss::softmax_cross_entropy, Metric::accuracy};

const Dataset& data() {
    static const Dataset made = [] {
        Random e(31);
        return random_dataset(e, {Task::multiclass, 17, 4, 90, 30, 1});
    }();
    return made;
}

std::vector<Trial> some_trials(int count = 30) {
    Random e(8);
    std::vector<Hyperparameters> settings;
    for (int k = 0; k < count; ++k) {
        settings.push_back(random_hyperparameters(e, k * 7, 90));
        if (k % 9 == 4) { // blows up: each step multiplies the weights by 1 - 1000 * 100
            settings.back().optimizer = Optimizer::sgd;
            settings.back().schedule = Schedule::constant;
            settings.back().learning_rate = 1000;
            settings.back().weight_decay = 100;
            settings.back().hidden = {17, 3};
            settings.back().batch_size = 8;
        }
    }
    return trials_of(settings);
}

/// All that must be equal.
struct Bits {
    TrialState state;
    int32_t best_epoch;
    std::vector<float> curve, weights;
    bool operator==(const Bits&) const = default;
};

Bits bits_of(const Population& population, TrialId id) {
    const TrialResult r = population.result(id);
    Bits b{r.state, r.best_epoch, {}, population.weights(id).values};
    for (const EpochLosses& e : r.curve)
        for (float x : {e.train_loss, e.valid_loss, e.valid_metric}) b.curve.push_back(std::isfinite(x) ? x : -1); // NaN is not equal to itself
    for (float& x : b.weights) x = std::isfinite(x) ? x : -1;
    return b;
}

std::map<TrialId, Bits> all_bits(const Population& population, const std::vector<Trial>& trials) {
    std::map<TrialId, Bits> bits;
    for (const Trial& t : trials) bits.emplace(t.id, bits_of(population, t.id));
    return bits;
}

std::map<TrialId, Bits> train_together(const std::string& instruction_set, const std::vector<Trial>& trials, int threads) {
    const auto population = cpu_engine(instruction_set, threads)->populate(data(), options);
    population->admit(trials);
    population->train(epochs, ids_of(trials));
    return all_bits(*population, trials);
}

TEST_P(Independence, OfNeighboursOrderAndThreads) {
    std::vector<Trial> trials = some_trials();
    const auto together = train_together(GetParam(), trials, 2);
    EXPECT_EQ(train_together(GetParam(), trials, 1), together);
    EXPECT_EQ(train_together(GetParam(), trials, 5), together);
    std::reverse(trials.begin(), trials.end());
    EXPECT_EQ(train_together(GetParam(), trials, 2), together);
    for (const Trial& t : trials) EXPECT_EQ(train_together(GetParam(), {t}, 1).at(t.id), together.at(t.id)) << t.id;
    int diverged = 0;
    for (const auto& [id, bits] : together) {
        EXPECT_EQ(bits.state == TrialState::diverged, id % 9 == 4) << id;
        diverged += bits.state == TrialState::diverged;
    }
    EXPECT_EQ(diverged, 3);
}

TEST_P(Independence, OfPauses) {
    const std::vector<Trial> trials = some_trials();
    const auto together = train_together(GetParam(), trials, 2);
    const auto population = cpu_engine(GetParam())->populate(data(), options);
    population->admit(trials);
    const auto ids = ids_of(trials);
    for (int e = 0; e < epochs; ++e) population->train(1, ids);
    EXPECT_EQ(all_bits(*population, trials), together);
}

TEST_P(Independence, OfBeingSavedAndRestoredElsewhere) {
    const std::vector<Trial> trials = some_trials();
    const auto together = train_together(GetParam(), trials, 2);
    const auto first = cpu_engine(GetParam())->populate(data(), options);
    first->admit(trials);
    const auto ids = ids_of(trials);
    first->train(1, ids);
    const auto second = cpu_engine(GetParam(), 1)->populate(data(), options);
    second->admit(trials);
    for (TrialId id : ids) second->restore(id, first->checkpoint(id));
    EXPECT_EQ(all_bits(*second, trials), all_bits(*first, trials));
    second->train(epochs, ids);
    EXPECT_EQ(all_bits(*second, trials), together);
}

// Stopped from the progress of the first trial that finishes: whatever was in hand goes on later to the same bits.
TEST_P(Independence, OfBeingStopped) {
    const std::vector<Trial> trials = some_trials();
    const auto together = train_together(GetParam(), trials, 2);
    const auto population = cpu_engine(GetParam())->populate(data(), options);
    population->admit(trials);
    const auto ids = ids_of(trials);
    int rounds = 0;
    const auto waiting = [&] {
        return std::any_of(ids.begin(), ids.end(), [&](TrialId id) { return population->result(id).state == TrialState::waiting; });
    };
    for (; rounds == 0 || (waiting() && rounds < 200); ++rounds) {
        std::stop_source stop;
        TrainControl control;
        control.stop = stop.get_token();
        control.on_finished = [&](TrialResult) { stop.request_stop(); };
        population->train(epochs, ids, control);
    }
    EXPECT_FALSE(waiting());
    EXPECT_EQ(all_bits(*population, trials), together);
}

TEST_P(Independence, AdjustingToTheSameSettingsChangesNothing) {
    const std::vector<Trial> trials = some_trials();
    const auto together = train_together(GetParam(), trials, 2);
    const auto population = cpu_engine(GetParam())->populate(data(), options);
    population->admit(trials);
    population->train(1, ids_of(trials));
    for (const Trial& t : trials) population->adjust(t.id, t.hyperparameters);
    population->train(epochs - 1, ids_of(trials));
    EXPECT_EQ(all_bits(*population, trials), together);
}

TEST_P(Independence, AClonedTrialHasItsParentsWeights) {
    std::vector<Trial> trials = some_trials(1);
    trials.front().hyperparameters.epochs = 6;
    trials.push_back(trials.front());
    trials.back().id = 1;
    const auto population = cpu_engine(GetParam())->populate(data(), options);
    population->admit(trials);
    const std::vector<TrialId> parent{0}, child{1};
    population->train(2, parent);
    population->clone(0, 1);
    EXPECT_EQ(population->weights(1).values, population->weights(0).values);
}

TEST_P(Independence, WhatMayNotChangeIsRefused) {
    const std::vector<Trial> trials = some_trials(2);
    const auto population = cpu_engine(GetParam())->populate(data(), options);
    population->admit(trials);
    EXPECT_THROW(population->admit(trials), UsageError);
    Hyperparameters other = trials[0].hyperparameters;
    other.hidden.push_back(5);
    EXPECT_THROW(population->adjust(0, other), UsageError);
    std::vector<std::byte> bytes = population->checkpoint(0);
    bytes.resize(bytes.size() / 2);
    EXPECT_THROW(population->restore(0, bytes), DataError);
    EXPECT_THROW(population->restore(0, {}), DataError);
}

INSTANTIATE_TEST_SUITE_P(Cpu, Independence, testing::ValuesIn(instruction_sets()), name_of);

} // namespace
} // namespace caviar::reference
