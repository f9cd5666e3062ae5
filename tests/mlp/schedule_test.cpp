#include "caviar/mlp/schedule.h"

#include <gtest/gtest.h>

#include <vector>

namespace caviar::mlp {
namespace {

Hyperparameters with(Schedule schedule, float learning_rate) {
    Hyperparameters h;
    h.schedule = schedule;
    h.learning_rate = learning_rate;
    return h;
}

/// The rate is computed in double and rounded to float once: half an ulp, 2^-24 relative, and the inputs are floats too.
void expect_rate(const Hyperparameters& h, int64_t epoch, int64_t step, int64_t total, double want) {
    EXPECT_NEAR(rates(schedule_settings(h), epoch, step, total).learning_rate, want, want * 4e-7)
        << "epoch " << epoch << ", step " << step;
}

TEST(Schedule, Constant) {
    const Hyperparameters h = with(Schedule::constant, 0.25f);
    expect_rate(h, 0, 0, 100, 0.25);
    expect_rate(h, 49, 99, 100, 0.25);
    EXPECT_EQ(rates(schedule_settings(h), 3, 7, 100).momentum, 0.9f);
}

// Ng's example of inverse time decay: a0 = 0.2, decay 1: 0.2, 0.1, 0.0667, 0.05.
TEST(Schedule, InverseTime) {
    Hyperparameters h = with(Schedule::inverse_time, 0.2f);
    h.decay = 1;
    const double want[] = {0.2, 0.1, 0.2 / 3, 0.05};
    for (int epoch = 0; epoch < 4; ++epoch) expect_rate(h, epoch, epoch * 10 + 9, 500, want[epoch]);
}

TEST(Schedule, Exponential) {
    Hyperparameters h = with(Schedule::exponential, 0.1f);
    h.decay_factor = 0.5f;
    expect_rate(h, 0, 0, 50, 0.1);
    expect_rate(h, 1, 1, 50, 0.05);
    expect_rate(h, 10, 10, 50, 0.1 / 1024);
}

TEST(Schedule, StepHalvesEveryTenEpochs) {
    Hyperparameters h = with(Schedule::step, 0.1f);
    h.decay_factor = 0.5f;
    h.decay_epochs = 10;
    expect_rate(h, 0, 0, 500, 0.1);
    expect_rate(h, 9, 99, 500, 0.1);
    expect_rate(h, 10, 100, 500, 0.05);
    expect_rate(h, 19, 199, 500, 0.05);
    expect_rate(h, 20, 200, 500, 0.025);
}

TEST(Schedule, CosineAtThirdsAndHalves) {
    Hyperparameters h = with(Schedule::cosine, 0.05f);
    h.epochs = 60;
    h.floor = 0;
    expect_rate(h, 0, 0, 600, 0.05);
    expect_rate(h, 20, 205, 600, 0.05 * 0.75); // cos 60 degrees is 1/2
    expect_rate(h, 30, 300, 600, 0.05 * 0.5);
    expect_rate(h, 40, 400, 600, 0.05 * 0.25);
    h.floor = 0.2f;
    expect_rate(h, 0, 0, 600, 0.05);
    expect_rate(h, 30, 300, 600, 0.05 * 0.6);
    expect_rate(h, 60, 600, 600, 0.05 * 0.2); // past the end: the floor
    expect_rate(h, 70, 700, 600, 0.05 * 0.2);
}

// Smith 2017, section 4.1 (CIFAR-10): between 0.001 and 0.006, stepsize (half a cycle) 2000 iterations.
TEST(Schedule, CyclicalTriangles) {
    Hyperparameters h = with(Schedule::cyclical, 0.006f);
    h.floor = 1.0f / 6;
    h.epochs = 20;
    h.cycle_epochs = 8; // of 500 iterations
    const std::pair<int64_t, double> points[] = {{0, 0.001},    {1000, 0.0035}, {2000, 0.006},  {3000, 0.0035},
                                                 {4000, 0.001}, {5000, 0.0035}, {6000, 0.006}, {2001, 0.0059975}};
    for (auto [step, want] : points) expect_rate(h, step / 500, step, 10000, want);
}

TEST(Schedule, CycleOfOneStepStaysAtThePeak) {
    Hyperparameters h = with(Schedule::cyclical, 0.5f);
    h.epochs = 4;
    h.cycle_epochs = 1;
    for (int64_t step = 0; step < 4; ++step) expect_rate(h, step, step, 4, 0.5);
}

// 101 steps, the peak at step 30: a line from 1/25 up, then half a cosine down to 1/10,000; the momentum the other way round.
TEST(Schedule, OneCycle) {
    Hyperparameters h = with(Schedule::one_cycle, 1.0f);
    h.warmup = 0.3f;
    h.momentum = 0.95f;
    h.momentum_low = 0.85f;
    const auto at = [&](int64_t step) { return rates(schedule_settings(h), 0, step, 101); };
    expect_rate(h, 0, 0, 101, 0.04);
    expect_rate(h, 0, 15, 101, 0.52);
    expect_rate(h, 0, 30, 101, 1.0);
    expect_rate(h, 0, 65, 101, (1 + 1e-4) / 2);
    expect_rate(h, 0, 100, 101, 1e-4);
    expect_rate(h, 0, 105, 101, 1e-4);
    EXPECT_NEAR(at(0).momentum, 0.95, 1e-6);
    EXPECT_NEAR(at(15).momentum, 0.90, 1e-6);
    EXPECT_NEAR(at(30).momentum, 0.85, 1e-6);
    EXPECT_NEAR(at(65).momentum, 0.90, 1e-6);
    EXPECT_NEAR(at(100).momentum, 0.95, 1e-6);
}

TEST(Schedule, OneCycleAtTheEdges) {
    Hyperparameters h = with(Schedule::one_cycle, 2.0f);
    h.warmup = 0;
    expect_rate(h, 0, 0, 11, 2);
    expect_rate(h, 0, 10, 11, 2e-4);
    expect_rate(h, 0, 0, 1, 2); // a single step is the peak
    h.warmup = 1;
    expect_rate(h, 0, 0, 11, 0.08);
    expect_rate(h, 0, 10, 11, 2);
}

// Bergstra & Bengio 2012, section 2.4: t0 * e0 / max(t, t0).
TEST(Schedule, Bergstra) {
    Hyperparameters h = with(Schedule::bergstra, 0.1f);
    h.t0 = 300;
    expect_rate(h, 0, 0, 9000, 0.1);
    expect_rate(h, 3, 300, 9000, 0.1);
    expect_rate(h, 6, 600, 9000, 0.05);
    expect_rate(h, 60, 6000, 9000, 0.005);
    h.t0 = 0;
    expect_rate(h, 0, 0, 9000, 0.1);
}

TEST(Schedule, IsFiniteAndNeverAboveThePeak) {
    for (Schedule schedule : {Schedule::constant, Schedule::inverse_time, Schedule::exponential, Schedule::step, Schedule::cosine,
                              Schedule::cyclical, Schedule::one_cycle, Schedule::bergstra})
        for (int32_t epochs : {1, 2, 7})
            for (int64_t per_epoch : {1, 3, 10}) {
                Hyperparameters h = with(schedule, 0.3f);
                h.epochs = epochs;
                for (int64_t step = 0; step < epochs * per_epoch; ++step) {
                    const Rates r = rates(schedule_settings(h), step / per_epoch, step, epochs * per_epoch);
                    EXPECT_GT(r.learning_rate, 0);
                    EXPECT_LE(r.learning_rate, 0.3f);
                    EXPECT_GE(r.momentum, h.momentum_low);
                    EXPECT_LE(r.momentum, h.momentum);
                }
            }
}

} // namespace
} // namespace caviar::mlp
