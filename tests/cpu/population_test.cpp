/// What a population answers to its caller: order, callbacks, errors, stops. Its numbers are tested in tests/reference.
#include "caviar/error.h"
#include "data.h"
#include "host/core/wall_clock.h"
#include "host/cpu/cost.h"
#include "host/cpu/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <set>
#include <thread>

namespace caviar::cpu {
namespace {

using testing::HasSubstr;

struct Population : testing::Test {
    Dataset data = clouds(60, 30);
    std::unique_ptr<Engine> engine = make_cpu_engine(3, "");
    std::unique_ptr<caviar::Population> population = engine->populate(data, {});

    std::vector<TrialId> admit(int count) {
        std::vector<Trial> trials;
        std::vector<TrialId> ids;
        for (int i = 0; i < count; ++i) {
            trials.push_back(trial(i, {1 + i}, 2 + i % 5));
            ids.push_back(i);
        }
        population->admit(trials);
        return ids;
    }
};

TEST_F(Population, ReturnsResultsInTheOrderAsked) {
    admit(9);
    const std::vector<TrialId> ids{4, 0, 8, 2};
    const std::vector<TrialResult> results = population->train(100, ids);
    ASSERT_EQ(results.size(), 4u);
    for (size_t i = 0; i < ids.size(); ++i) {
        EXPECT_EQ(results[i].id, ids[i]);
        EXPECT_EQ(results[i].state, TrialState::complete);
        EXPECT_EQ(results[i].curve.size(), static_cast<size_t>(2 + ids[i] % 5));
    }
    EXPECT_TRUE(population->result(1).curve.empty());
    EXPECT_EQ(population->result(1).state, TrialState::waiting);
}

TEST_F(Population, SaysWhenATrialTrained) {
    const auto ids = admit(5);
    const double before = wall_clock();
    const auto first = population->train(1, ids);
    const double between = wall_clock();
    const auto last = population->train(100, ids);
    const double after = wall_clock();
    for (size_t i = 0; i < ids.size(); ++i) {
        ASSERT_TRUE(first[i].dated() && last[i].dated());
        EXPECT_GE(first[i].began, before);
        EXPECT_LE(first[i].ended, between);
        EXPECT_EQ(last[i].began, first[i].began) << "when it was first taken up";
        EXPECT_GE(last[i].ended, between);
        EXPECT_LE(last[i].ended, after);
    }
    EXPECT_EQ(population->train(1, ids)[0].ended, last[0].ended) << "there was nothing left to train";
    const std::vector<Trial> fresh{trial(7, {1}, 3)};
    population->admit(fresh);
    const std::vector<TrialId> id{7};
    EXPECT_FALSE(population->result(7).dated());
    population->train(1, id);
    population->restore(7, population->checkpoint(7));
    EXPECT_FALSE(population->result(7).dated()) << "a checkpoint does not say";
    EXPECT_GE(population->train(1, id)[0].began, after);
}

TEST_F(Population, CallbacksRunOnTheCallingThreadOnceForEachTrial) {
    const std::vector<TrialId> ids = admit(20);
    const std::thread::id here = std::this_thread::get_id();
    std::multiset<TrialId> finished;
    int64_t done = 0, epochs = 0;
    TrainControl control;
    control.on_finished = [&](TrialResult r) {
        EXPECT_EQ(std::this_thread::get_id(), here);
        finished.insert(r.id);
    };
    control.on_progress = [&](int64_t trials, int64_t e) {
        EXPECT_EQ(std::this_thread::get_id(), here);
        EXPECT_GE(trials, done);
        EXPECT_GE(e, epochs);
        done = trials;
        epochs = e;
    };
    int64_t trained = 0;
    for (const TrialResult& r : population->train(3, ids, control)) trained += static_cast<int64_t>(r.curve.size());
    EXPECT_EQ(finished, std::multiset<TrialId>(ids.begin(), ids.end()));
    EXPECT_EQ(done, 20);
    EXPECT_EQ(epochs, trained);
}

TEST_F(Population, WhatACallbackThrowsComesOutAndTheRestGoesOn) {
    const std::vector<TrialId> ids = admit(20);
    TrainControl control;
    control.on_finished = [](TrialResult) { throw std::runtime_error("enough"); };
    EXPECT_THROW(population->train(100, ids, control), std::runtime_error);
    for (const TrialResult& r : population->train(100, ids)) EXPECT_EQ(r.state, TrialState::complete);
}

TEST_F(Population, AStopLeavesTrialsWaitingAtWholeEpochs) {
    // A trial of many operations, so that the stop falls within an epoch.
    const Dataset large = clouds(4000, 10, 40); // 1.1e9 an epoch: just above what is finished rather than undone
    const auto wide = engine->populate(large, {});
    std::vector<Trial> trials{trial(0, {200, 200}, 50), trial(1, {200, 200}, 50)};
    for (Trial& t : trials) t.hyperparameters.batch_size = 100;
    wide->admit(trials);
    const std::vector<TrialId> ids{0, 1};
    std::stop_source source;
    TrainControl control;
    control.stop = source.get_token();
    std::jthread asker([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        source.request_stop();
    });
    const std::vector<TrialResult> stopped = wide->train(50, ids, control);
    const auto again = engine->populate(large, {});
    again->admit(trials);
    for (const TrialResult& r : stopped) {
        EXPECT_EQ(r.state, TrialState::waiting);
        ASSERT_LT(r.curve.size(), 50u);
        // As if it had been asked for just these epochs.
        const TrialId id = r.id;
        again->train(static_cast<int32_t>(r.curve.size()), {&id, 1});
        EXPECT_EQ(wide->weights(id).values, again->weights(id).values);
    }
    EXPECT_TRUE(wide->train(1, ids, control)[0].curve.size() == stopped[0].curve.size()) << "a stop asked for before training starts nothing";
    // The next epoch shows whether optimizer state and counters went back, too.
    const auto went_on = wide->train(1, ids), straight = again->train(1, ids);
    for (size_t i = 0; i < ids.size(); ++i) {
        ASSERT_EQ(went_on[i].curve.size(), stopped[i].curve.size() + 1);
        ASSERT_EQ(straight[i].curve.size(), went_on[i].curve.size());
        EXPECT_EQ(went_on[i].curve.back().train_loss, straight[i].curve.back().train_loss);
        EXPECT_EQ(went_on[i].curve.back().valid_loss, straight[i].curve.back().valid_loss);
    }
}

TEST_F(Population, WithoutValidationTheLastEpochIsTheBest) {
    const Dataset unvalidated = clouds(50, 0);
    const auto p = engine->populate(unvalidated, {});
    const std::vector<Trial> trials{trial(0)};
    p->admit(trials);
    const TrialResult r = p->train(100, std::vector<TrialId>{0})[0];
    EXPECT_EQ(r.state, TrialState::complete);
    ASSERT_EQ(r.curve.size(), 4u);
    EXPECT_EQ(r.best_epoch, 3);
    EXPECT_TRUE(std::isfinite(r.curve[3].train_loss));
    EXPECT_TRUE(std::isnan(r.curve[3].valid_loss));
    EXPECT_TRUE(std::isnan(r.curve[3].valid_metric));
}

TEST_F(Population, TakesAllOfAdmittedTrialsOrNone) {
    admit(2);
    std::vector<Trial> more{trial(5), trial(1)};
    EXPECT_THROW(population->admit(more), UsageError);
    EXPECT_THROW(population->result(5), UsageError);
    more[1] = trial(6);
    more[1].hyperparameters.learning_rate = -1;
    EXPECT_THROW(population->admit(more), UsageError);
    EXPECT_THROW(population->result(5), UsageError);
    more[1].hyperparameters = trial(6).hyperparameters;
    more[1].hyperparameters.scaling = Scaling::pca; // not prepared
    EXPECT_THROW(population->admit(more), UsageError);
    EXPECT_THROW(population->result(5), UsageError);
    more[1] = trial(6);
    population->admit(more);
    EXPECT_EQ(population->result(6).id, 6);
}

TEST_F(Population, NamesWhatIsWrong) {
    admit(3);
    const auto message = [](const auto& f) -> std::string {
        try {
            f();
        } catch (const UsageError& e) {
            return e.what();
        }
        return "nothing thrown";
    };
    EXPECT_THAT(message([&] { population->train(1, std::vector<TrialId>{0, 77}); }), HasSubstr("trial 77 is not in this population"));
    EXPECT_THAT(message([&] { population->train(1, std::vector<TrialId>{2, 2}); }), HasSubstr("trial 2 is asked for twice"));
    EXPECT_THAT(message([&] { population->retire(std::vector<TrialId>{0, 9}); }), HasSubstr("trial 9"));
    EXPECT_EQ(population->result(0).id, 0) << "retiring is all or none";
    Hyperparameters other = trial(0, {1}).hyperparameters;
    other.hidden = {2};
    EXPECT_THAT(message([&] { population->adjust(0, other); }), HasSubstr("units"));
    EXPECT_THAT(message([&] { population->clone(0, 1); }), HasSubstr("different shape"));
    EXPECT_THAT(message([&] { engine->populate(data, {0, Loss::mean_squared_error, Metric::accuracy}); }), HasSubstr("loss"));
    EXPECT_THAT(message([&] { engine->populate(data, {0, Loss::softmax_cross_entropy, Metric::rmse}); }), HasSubstr("metric rmse"));
    population->retire(std::vector<TrialId>{0});
    EXPECT_THAT(message([&] { population->weights(0); }), HasSubstr("trial 0"));
}

TEST_F(Population, ForwardWantsAWholeNet) {
    EXPECT_THROW(engine->forward({{3, 2}, std::vector<float>(7)}, Activation::relu, {1, 3, {1, 2, 3}}), UsageError);
    EXPECT_THROW(engine->forward({{3}, {}}, Activation::relu, {1, 3, {1, 2, 3}}), UsageError);
    EXPECT_THROW(engine->forward({{3, 0}, {}}, Activation::relu, {1, 3, {1, 2, 3}}), UsageError);
    EXPECT_THROW(engine->forward({{3, 1}, std::vector<float>(4)}, Activation::relu, {1, 2, {1, 2}}), UsageError);
    // Columns beyond the net's inputs are left out.
    EXPECT_EQ(engine->forward({{2, 1}, {1, 10, 0.5f}}, Activation::relu, {2, 3, {1, 2, 99, 3, 4, 99}}), (std::vector<float>{21.5f, 43.5f}));
    EXPECT_TRUE(engine->forward({{2, 1}, {1, 10, 0.5f}}, Activation::relu, {}).empty());
}

TEST_F(Population, StatisticsAreOfWhatWasTrained) {
    const std::vector<TrialId> ids = admit(6);
    EXPECT_TRUE(population->statistics().empty());
    population->train(1, ids);
    const std::vector<TrialResult> results = population->train(100, ids);
    const auto all = population->statistics();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].tier, "cpu");
    EXPECT_EQ(all[0].launches, 2);
    EXPECT_EQ(all[0].trials, 12) << "anew in each call";
    double flops = 0, worked = 0;
    for (size_t i = 0; i < ids.size(); ++i) {
        const std::vector<int32_t> widths{5, 1 + static_cast<int32_t>(i), 3};
        flops += training_flops(widths) * 60 * static_cast<double>(results[i].curve.size());
        worked += results[i].seconds;
    }
    EXPECT_DOUBLE_EQ(all[0].flops, flops);
    EXPECT_DOUBLE_EQ(all[0].busy_seconds, worked / 3) << "3 threads";
    EXPECT_GT(all[0].busy_seconds, 0);
    EXPECT_LE(all[0].busy_seconds, all[0].seconds);
    EXPECT_EQ(all[0].bytes_read_back, 0);
}

TEST_F(Population, ThePeakIsMeasured) {
    const PeakRate peak = engine->peak();
    EXPECT_GT(peak.flops, 0);
    EXPECT_THAT(peak.basis, HasSubstr("measured"));
    EXPECT_THAT(peak.basis, HasSubstr("3 threads"));
}

} // namespace
} // namespace caviar::cpu
