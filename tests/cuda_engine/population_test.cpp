/// What a population on a device answers to its caller, and that a trial's bits are its own.

#include "caviar/error.h"
#include "cuda/plan.h"
#include "devices.h"
#include "host/core/wall_clock.h"
#include "host/cpu/engine.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <set>
#include <thread>

namespace caviar::cuda {
namespace {

using testing::HasSubstr;

constexpr int32_t all_epochs = 1000;

class OnDevice : public DeviceTest, public testing::WithParamInterface<Tier> {
protected:
    Tier tier() const override { return GetParam(); }

    std::vector<Trial> mixed(int count = 0) { return mixed_trials(23, count > 0 ? count : real ? 300 : 9, 40); }

    static Trial small(TrialId id, std::vector<int32_t> hidden = {7}, int32_t epochs = 4) {
        Trial t;
        t.id = id;
        t.hyperparameters.hidden = std::move(hidden);
        t.hyperparameters.epochs = epochs;
        t.hyperparameters.batch_size = 16;
        t.hyperparameters.learning_rate = 0.01f;
        t.hyperparameters.seed = static_cast<uint64_t>(id);
        return t;
    }

    /// Whole curve and weights, bit for bit (not a number equals itself).
    static std::vector<uint32_t> bits(const Population& population, TrialId id) {
        const TrialResult r = population.result(id);
        std::vector<float> floats;
        for (const EpochLosses& e : r.curve) floats.insert(floats.end(), {e.train_loss, e.valid_loss, e.valid_metric});
        for (float w : population.weights(id).values) floats.push_back(w);
        std::vector<uint32_t> words(floats.size());
        std::memcpy(words.data(), floats.data(), floats.size() * sizeof(float));
        words.push_back(static_cast<uint32_t>(r.state));
        words.push_back(static_cast<uint32_t>(r.best_epoch));
        return words;
    }

};

TEST_P(OnDevice, ResultsComeInTheOrderAskedAndEachOnce) {
    std::vector<Trial> trials;
    for (int i = 0; i < 9; ++i) trials.push_back(small(i, {1 + i}, 2 + i % 3));
    const auto population = populate(trials);
    const std::vector<TrialId> ids{4, 0, 8, 2};
    std::multiset<TrialId> finished;
    int64_t done = 0, epochs = 0, trained = 0;
    TrainControl control;
    const std::thread::id here = std::this_thread::get_id();
    control.on_finished = [&](TrialResult r) {
        EXPECT_EQ(std::this_thread::get_id(), here);
        finished.insert(r.id);
    };
    control.on_progress = [&](int64_t d, int64_t e) {
        EXPECT_EQ(std::this_thread::get_id(), here);
        EXPECT_GE(d, done);
        EXPECT_GE(e, epochs);
        done = d;
        epochs = e;
    };
    const double before = wall_clock();
    const auto results = population->train(3, ids, control);
    const double after = wall_clock();
    ASSERT_EQ(results.size(), 4u);
    for (size_t i = 0; i < ids.size(); ++i) {
        EXPECT_EQ(results[i].id, ids[i]);
        const auto wanted = static_cast<size_t>(2 + ids[i] % 3);
        EXPECT_EQ(results[i].curve.size(), std::min<size_t>(3, wanted));
        EXPECT_EQ(results[i].state, wanted <= 3 ? TrialState::complete : TrialState::waiting);
        trained += static_cast<int64_t>(results[i].curve.size());
        EXPECT_TRUE(results[i].dated());
        EXPECT_GE(results[i].began, before);
        EXPECT_LE(results[i].ended, after);
    }
    EXPECT_EQ(finished, std::multiset<TrialId>(ids.begin(), ids.end()));
    EXPECT_EQ(done, 4);
    EXPECT_EQ(epochs, trained);
    EXPECT_TRUE(population->result(1).curve.empty());
    EXPECT_FALSE(population->result(1).dated());
    // Asked again, those that have ended are reported as they are.
    const TrialResult again = population->train(3, std::vector<TrialId>{0})[0];
    EXPECT_EQ(again.curve.size(), 2u);
    EXPECT_LE(again.ended, after);
}

TEST_P(OnDevice, ATrialsBitsAreItsOwn) {
    const auto trials = mixed();
    const auto ids = ids_of(trials);
    const auto together = populate(trials);
    together->train(all_epochs, ids);

    auto shuffled = trials;
    std::reverse(shuffled.begin(), shuffled.end());
    std::swap(shuffled.front(), shuffled[shuffled.size() / 2]);
    const auto another_order = populate(shuffled);
    another_order->train(all_epochs, ids_of(shuffled));

    const auto alone = populate(trials);
    for (TrialId id : ids) {
        alone->train(all_epochs, {&id, 1});
        EXPECT_EQ(bits(*alone, id), bits(*together, id)) << "alone: trial " << id;
        EXPECT_EQ(bits(*another_order, id), bits(*together, id)) << "in another order: trial " << id;
    }
}

TEST_P(OnDevice, TrainingInPiecesAndFromACheckpointGivesTheSameBits) {
    const auto trials = mixed();
    const auto ids = ids_of(trials);
    const auto straight = populate(trials);
    straight->train(all_epochs, ids);

    const auto pieces = populate(trials), restored = populate(trials);
    pieces->train(1, ids);
    for (TrialId id : ids) {
        const auto bytes = pieces->checkpoint(id);
        restored->restore(id, bytes);
        EXPECT_EQ(restored->checkpoint(id), bytes);
    }
    pieces->train(all_epochs, ids);
    restored->train(all_epochs, ids);
    for (TrialId id : ids) {
        EXPECT_EQ(bits(*pieces, id), bits(*straight, id)) << "in pieces: trial " << id;
        EXPECT_EQ(bits(*restored, id), bits(*straight, id)) << "from a checkpoint: trial " << id;
    }
}

TEST_P(OnDevice, CheckpointsGoBetweenEngines) {
    const auto trials = mixed(real ? 48 : 4);
    const auto ids = ids_of(trials);
    const auto here = populate(trials);
    const auto there = cpu::make_cpu_engine(1, "")->populate(data, {});
    there->admit(trials);
    for (TrialId id : ids) EXPECT_EQ(here->checkpoint(id), there->checkpoint(id)) << "untrained: trial " << id;
    here->train(1, ids);
    for (TrialId id : ids) {
        there->restore(id, here->checkpoint(id));
        EXPECT_EQ(there->checkpoint(id), here->checkpoint(id));
        EXPECT_EQ(there->weights(id).values, here->weights(id).values);
    }
    // From the same weights and state the next epoch is the same to rounding, dropout and minibatches included.
    const auto ours = here->train(1, ids), theirs = there->train(1, ids);
    Rounding rounding;
    for (size_t i = 0; i < ids.size(); ++i) rounding.see(ours[i], theirs[i], "trial " + std::to_string(ours[i].id));
}

TEST_P(OnDevice, DamagedCheckpointsAreRefusedAndChangeNothing) {
    const auto population = populate({small(0), small(1), small(2, {8})});
    population->train(2, std::vector<TrialId>{0, 1});
    auto bytes = population->checkpoint(0);
    const auto before = bits(*population, 1);
    EXPECT_THROW(population->restore(2, bytes), DataError);
    bytes[bytes.size() / 2] ^= std::byte{1};
    EXPECT_THROW(population->restore(1, bytes), DataError);
    EXPECT_EQ(bits(*population, 1), before);
}

TEST_P(OnDevice, StopsEarlyWhereTheCpuDoes) {
    std::vector<Trial> trials;
    for (int i = 0; i < 6; ++i) {
        trials.push_back(small(i, {5 + i}, 10));
        Hyperparameters& h = trials.back().hyperparameters;
        h.learning_rate = 0.03f * static_cast<float>(1 + i);
        (i % 2 ? h.patience : h.patience_from) = 2;
        if (i % 2 == 0) h.patience_factor = 0.6f;
    }
    PopulationOptions options;
    options.metric = Metric::log_loss;
    const auto here = populate(trials, options);
    const auto there = cpu::make_cpu_engine(1, "")->populate(data, options);
    there->admit(trials);
    const auto ours = here->train(all_epochs, ids_of(trials)), theirs = there->train(all_epochs, ids_of(trials));
    bool any = false;
    for (size_t i = 0; i < trials.size(); ++i) {
        EXPECT_EQ(ours[i].curve.size(), theirs[i].curve.size()) << i;
        EXPECT_EQ(ours[i].best_epoch, theirs[i].best_epoch) << i;
        EXPECT_EQ(ours[i].state, TrialState::complete);
        any |= ours[i].curve.size() < 10;
    }
    EXPECT_TRUE(any) << "nothing stopped early: the test shows nothing";
}

TEST_P(OnDevice, TheWeightsKeptAreThoseOfTheBestEpoch) {
    const auto population = populate({small(0, {6}, 8)});
    Hyperparameters h = small(0, {6}, 8).hyperparameters;
    h.learning_rate = 0.2f; // overshoots: the last epoch is not the best
    population->adjust(0, h);
    const TrialResult r = population->train(all_epochs, std::vector<TrialId>{0})[0];
    const auto again = populate({small(0, {6}, 8)});
    again->adjust(0, h);
    again->train(r.best_epoch + 1, std::vector<TrialId>{0});
    EXPECT_EQ(again->weights(0).values, population->weights(0).values);
}

TEST_P(OnDevice, WithoutValidationTheLastEpochIsTheBest) {
    data = clouds(40, 0);
    const auto population = populate({small(0)});
    const TrialResult r = population->train(all_epochs, std::vector<TrialId>{0})[0];
    EXPECT_EQ(r.state, TrialState::complete);
    ASSERT_EQ(r.curve.size(), 4u);
    EXPECT_EQ(r.best_epoch, 3);
    EXPECT_TRUE(std::isfinite(r.curve[3].train_loss));
    EXPECT_TRUE(std::isnan(r.curve[3].valid_loss));
    EXPECT_TRUE(std::isnan(r.curve[3].valid_metric));
}

TEST_P(OnDevice, ATrialThatDivergesStopsAloneAndMayLiveAgain) {
    std::vector<Trial> trials{small(0), small(1), small(2)};
    trials[1].hyperparameters.optimizer = Optimizer::sgd;
    trials[1].hyperparameters.learning_rate = 1000;
    trials[1].hyperparameters.init_scale = 100;
    trials[1].hyperparameters.activation = Activation::leaky_relu;
    trials[1].hyperparameters.hidden = {7, 7, 7};
    const auto mixed = populate(trials);
    const auto results = mixed->train(all_epochs, std::vector<TrialId>{0, 1, 2});
    EXPECT_EQ(results[1].state, TrialState::diverged);
    const auto there = cpu::make_cpu_engine(1, "")->populate(data, {});
    there->admit(trials);
    EXPECT_EQ(there->train(all_epochs, std::vector<TrialId>{1})[0].state, TrialState::diverged);
    const auto without = populate({trials[0], trials[2]});
    without->train(all_epochs, std::vector<TrialId>{0, 2});
    for (TrialId id : {0, 2}) EXPECT_EQ(bits(*mixed, id), bits(*without, id));
    EXPECT_THROW(mixed->clone(0, 1), UsageError) << "another shape";
    mixed->clone(0, 2);
    EXPECT_EQ(mixed->weights(2).values.size(), mixed->weights(0).values.size());
}

/// The same turns of fate on both engines.
TEST_P(OnDevice, CloneAndAdjustDoAsTheCpuDoes) {
    std::vector<Trial> trials{small(0, {9, 4}, 6), small(1, {9, 4}, 6), small(2, {9, 4}, 6)};
    trials[1].hyperparameters.optimizer = Optimizer::momentum;
    const auto live = [&](Population& p) {
        p.admit(trials);
        const std::vector<TrialId> ids{0, 1, 2};
        p.train(2, ids);
        p.clone(0, 2);  // state and all
        p.clone(2, 1);  // another optimizer: its state begins anew
        Hyperparameters h = trials[2].hyperparameters;
        h.learning_rate = 0.002f;
        h.batch_size = 9;
        p.adjust(2, h);
        h = trials[0].hyperparameters;
        h.optimizer = Optimizer::rmsprop;
        p.adjust(0, h);
        return p.train(2, ids);
    };
    const auto here = engine->populate(data, {}), there = cpu::make_cpu_engine(1, "")->populate(data, {});
    const auto ours = live(*here), theirs = live(*there);
    Rounding rounding;
    for (size_t i = 0; i < ours.size(); ++i) {
        rounding.see(ours[i], theirs[i], "trial " + std::to_string(ours[i].id));
        EXPECT_EQ(ours[i].best_epoch, theirs[i].best_epoch);
    }
    Hyperparameters h = trials[0].hyperparameters;
    h.hidden = {9, 5};
    EXPECT_THROW(here->adjust(0, h), UsageError);
    h = trials[0].hyperparameters;
    h.epochs = 3; // fewer than it has
    here->adjust(0, h);
    EXPECT_EQ(here->result(0).state, TrialState::complete);
}

TEST_P(OnDevice, AStopLeavesTrialsWaitingAtWholeEpochs) {
    std::vector<Trial> trials{small(0, {20}, 30000), small(1, {20}, 30000)};
    const std::vector<TrialId> ids{0, 1};
    const auto population = populate(trials);
    std::stop_source source;
    TrainControl control;
    control.stop = source.get_token();
    control.on_progress = [&](int64_t, int64_t epochs) {
        if (epochs >= 2) source.request_stop();
    };
    int finished = 0;
    control.on_finished = [&](TrialResult) { ++finished; };
    const auto stopped = population->train(all_epochs * all_epochs, ids, control);
    EXPECT_EQ(finished, 0);
    const auto again = populate(trials);
    for (const TrialResult& r : stopped) {
        EXPECT_EQ(r.state, TrialState::waiting);
        ASSERT_LT(r.curve.size(), 30000u);
        if (!r.curve.empty()) again->train(static_cast<int32_t>(r.curve.size()), {&r.id, 1});
        EXPECT_EQ(bits(*again, r.id), bits(*population, r.id)) << "as if it had been asked for just these epochs";
    }
    EXPECT_EQ(population->train(1, ids, control)[0].curve.size(), stopped[0].curve.size()) << "a stop asked for before starts nothing";
    population->train(1, ids);
    again->train(1, ids);
    for (TrialId id : ids) EXPECT_EQ(bits(*again, id), bits(*population, id)) << "the epoch after it";
}

TEST_P(OnDevice, AShortTrialIsReportedWhileALongOneTrains) {
    const std::vector<Trial> trials{small(0, {20}, 1'000'000), small(1, {20}, 1)};
    const auto population = populate(trials);
    std::stop_source source;
    TrainControl control;
    control.stop = source.get_token();
    std::vector<TrialResult> finished;
    Weights weights;
    control.on_finished = [&](TrialResult r) {
        weights = population->weights(r.id); // as a study asks for them
        finished.push_back(std::move(r));
        source.request_stop();
    };
    const auto results = population->train(1'000'000, ids_of(trials), control);
    ASSERT_EQ(finished.size(), 1u);
    EXPECT_EQ(finished[0].id, 1);
    EXPECT_EQ(finished[0].curve.size(), 1u);
    EXPECT_GT(finished[0].seconds, 0);
    EXPECT_EQ(weights.values, population->weights(1).values);
    EXPECT_LT(results[0].curve.size(), 1'000'000u);
}

TEST_P(OnDevice, WhatACallbackThrowsComesOutAndTheRestGoesOn) {
    const std::vector<Trial> trials{small(0, {20}, 3000), small(1, {20}, 3000)};
    const auto population = populate(trials);
    TrainControl control;
    control.on_progress = [](int64_t, int64_t) { throw std::runtime_error("enough"); };
    EXPECT_THROW(population->train(3000, ids_of(trials), control), std::runtime_error);
    const size_t before = population->result(0).curve.size();
    EXPECT_EQ(population->train(2, ids_of(trials))[0].curve.size(), std::min<size_t>(3000, before + 2));
}

TEST_P(OnDevice, TakesAllOfAdmittedTrialsOrNone) {
    const auto population = populate({small(0), small(1)});
    EXPECT_THROW(population->admit(std::vector<Trial>{small(5), small(1)}), UsageError);
    EXPECT_THROW(population->result(5), UsageError);
    std::vector<Trial> more{small(5), small(6)};
    more[1].hyperparameters.learning_rate = -1;
    EXPECT_THROW(population->admit(more), UsageError);
    EXPECT_THROW(population->result(5), UsageError);
    EXPECT_THROW(population->train(1, std::vector<TrialId>{0, 0}), UsageError);
    EXPECT_THROW(population->train(1, std::vector<TrialId>{0, 7}), UsageError);
    EXPECT_THROW(population->retire(std::vector<TrialId>{0, 7}), UsageError);
    population->train(1, std::vector<TrialId>{0, 1});
    population->retire(std::vector<TrialId>{0});
    EXPECT_THROW(population->weights(0), UsageError);
    population->admit(std::vector<Trial>{small(0)});
    EXPECT_TRUE(population->result(0).curve.empty());
    EXPECT_TRUE(population->train(1, {}).empty());
}

TEST_P(OnDevice, LossAndMetricMustFitTheData) {
    PopulationOptions options;
    options.loss = Loss::mean_squared_error;
    EXPECT_THROW(engine->populate(data, options), UsageError);
    options = {};
    options.metric = Metric::rmse;
    EXPECT_THROW(engine->populate(data, options), UsageError);
}

TEST_P(OnDevice, ForwardIsTheCpusToRounding) {
    reference::Random random(8);
    const auto cpu = cpu::make_cpu_engine(1, "");
    for (const std::vector<int32_t>& widths : std::vector<std::vector<int32_t>>{{6, 3}, {5, 17, 1}, {6, 100, 33, 4}}) {
        Weights weights{widths, {}};
        for (int64_t i = 0; i < weight_count(widths); ++i) weights.values.push_back(0.3f * static_cast<float>(reference::gauss(random)));
        for (int rows : {0, 1, 300}) {
            const Matrix matrix = reference::random_matrix(random, rows, 6);
            for (Activation activation : {Activation::relu, Activation::gelu}) {
                const auto ours = engine->forward(weights, activation, matrix), theirs = cpu->forward(weights, activation, matrix);
                ASSERT_EQ(ours.size(), theirs.size());
                for (size_t i = 0; i < ours.size(); ++i) ASSERT_NEAR(ours[i], theirs[i], 1e-5 * std::max(1.0f, std::abs(theirs[i])));
            }
        }
    }
    EXPECT_THROW(engine->forward({{7, 3}, std::vector<float>(24)}, Activation::relu, reference::random_matrix(random, 2, 6)), UsageError);
    EXPECT_THROW(engine->forward({{6, 3}, std::vector<float>(20)}, Activation::relu, reference::random_matrix(random, 2, 6)), UsageError);
}

TEST_P(OnDevice, EachTierTrainsLikeTheOther) {
    auto trials = mixed(real ? 48 : 5);
    const auto too_large = [&](const Trial& t) {
        const Hyperparameters& h = t.hyperparameters;
        std::vector<int32_t> widths{data.inputs(h)};
        widths.insert(widths.end(), h.hidden.begin(), h.hidden.end());
        widths.push_back(data.outputs(Loss::softmax_cross_entropy));
        return make_plan(h, widths, data.rows(Part::train), device->kind().shared_bytes).tier != Tier::resident;
    };
    std::erase_if(trials, too_large);
    ASSERT_GT(trials.size(), real ? 30u : 3u) << "what fits the device's shared memory is what is compared";
    const auto ids = ids_of(trials);
    const auto train = [&](Tier tier) {
        const auto forced = make_cuda_engine(device, {tier, Precision::fp32});
        const auto population = forced->populate(data, {});
        population->admit(trials);
        return population->train(1, ids);
    };
    const auto resident = train(Tier::resident), streamed = train(Tier::streamed), grouped = train(Tier::grouped);
    Rounding of_resident, of_grouped;
    for (size_t i = 0; i < ids.size(); ++i) {
        of_resident.see(resident[i], streamed[i], "trial " + std::to_string(resident[i].id));
        of_grouped.see(grouped[i], streamed[i], "trial " + std::to_string(grouped[i].id));
    }
}

TEST_P(OnDevice, SaysHowBusyItWas) {
    const std::vector<Trial> trials = mixed();
    const auto population = populate(trials);
    population->train(1, ids_of(trials));
    double busy = 0;
    for (const TierStatistics& tier : population->statistics()) {
        EXPECT_EQ(tier.launches, 1) << tier.tier;
        EXPECT_GT(tier.flops, 0);
        EXPECT_GT(tier.bytes_read_back, 0);
        EXPECT_EQ(tier.busy_seconds > 0, tier.tier != "grouped") << "what a library computes with is not known";
        busy += tier.busy_seconds / tier.seconds;
    }
    EXPECT_LE(busy, 1);
    EXPECT_GT(engine->peak().flops, 0);
}

INSTANTIATE_TEST_SUITE_P(Tiers, OnDevice, testing::Values(Tier::automatic, Tier::streamed, Tier::grouped),
                         [](const auto& tier) { return to_string(tier.param); });

} // namespace
} // namespace caviar::cuda
