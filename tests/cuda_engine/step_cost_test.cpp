/// What a step is predicted to take, where something is decided by it.

#include "cuda/plan.h"

#include <gtest/gtest.h>

#include <array>
#include <initializer_list>

namespace caviar::cuda {
namespace {

constexpr int64_t h200_shared_bytes = 232448, rows = 1280;
constexpr std::array<int32_t, 4> w1{64, 64, 64, 10};

double epoch_clocks(int32_t batch) {
    Hyperparameters h;
    h.batch_size = batch;
    return static_cast<double>(rows / batch) * predict_clocks(make_plan(h, w1, rows, h200_shared_bytes), h, w1, rows);
}

TEST(StepCost, AnEpochOfSmallMinibatchesIsDearer) {
    EXPECT_GT(epoch_clocks(16), 1.5 * epoch_clocks(128)) << "as many operations, but eight times the barriers";
    EXPECT_GT(epoch_clocks(16), epoch_clocks(32));
}

TEST(StepCost, ADeviceOfFewMultiprocessorsHasLittleToSpreadATrialOver) {
    Hyperparameters h;
    h.batch_size = 128;
    const std::array<int32_t, 4> wide{784, 1024, 1024, 10};
    const auto tier = [&](int32_t multiprocessors) { return make_plan(h, wide, 10'000, h200_shared_bytes, Tier::automatic, multiprocessors).tier; };
    EXPECT_EQ(tier(132), Tier::grouped);
    EXPECT_EQ(tier(0), Tier::grouped) << "an H200's are assumed";
    EXPECT_EQ(tier(6), Tier::streamed);
}

TEST(StepCost, EveryTierHasOne) {
    Hyperparameters h;
    h.batch_size = 64;
    for (const Tier tier : {Tier::resident, Tier::streamed, Tier::grouped})
        EXPECT_GT(predict_clocks(make_plan(h, w1, rows, h200_shared_bytes, tier), h, w1, rows), 64 * 2 * 3 * 64 * 64 / 256 / 132) << to_string(tier);
}

} // namespace
} // namespace caviar::cuda
