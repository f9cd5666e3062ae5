// A barrier that is left out must show: one of the two plain orders brings out each kind of race.

#include "cuda/device/intrinsics.cuh"
#include "tests/simt/launch.h"

#include <gtest/gtest.h>

#include <vector>

namespace caviar {
namespace {

using simt::Order;

constexpr unsigned threads = 128;

/// Each lane takes over a neighbour's number: `step` says whose.
__global__ void pass_on(int step, int* out) {
    int* s = reinterpret_cast<int*>(cuda::shared_memory());
    const int t = static_cast<int>(threadIdx.x), n = static_cast<int>(blockDim.x);
    s[t] = t;
    cuda::block_barrier(); // before it the numbers are not all there
    const int neighbour = s[t + step >= 0 && t + step < n ? t + step : t];
    cuda::block_barrier(); // before it they are still read
    s[t] = 1000 + neighbour;
    cuda::block_barrier(); // of no use: nobody reads what others write
    out[t] = s[t];
}

std::vector<int> run(int step, Order order, std::optional<simt::Site> drop = {}, uint64_t seed = 0) {
    std::vector<int> out(threads);
    simt::Schedule schedule;
    schedule.order = order;
    schedule.drop = drop;
    schedule.seed = seed;
    simt::launch(schedule, 1, threads, threads * sizeof(int), pass_on, step, out.data());
    return out;
}

class Dropping : public testing::Test {
protected:
    void SetUp() override {
        if (simt::under_tsan) GTEST_SKIP() << "the races are real: ThreadSanitizer would report them";
        right_ = run(1, Order::ascending);
        sites_ = simt::sites();
        ASSERT_EQ(sites_.size(), 3u);
    }
    bool shows(int step, Order order, size_t site) const { return run(step, order, sites_[site]) != run(step, order); }

    std::vector<int> right_;
    std::vector<simt::Site> sites_;
};

TEST_F(Dropping, ReadAfterWriteOfAHigherLaneShowsInAscendingOrder) {
    EXPECT_TRUE(shows(1, Order::ascending, 0));
    EXPECT_FALSE(shows(1, Order::descending, 0));
}

TEST_F(Dropping, ReadAfterWriteOfALowerLaneShowsInDescendingOrder) {
    EXPECT_FALSE(shows(-1, Order::ascending, 0));
    EXPECT_TRUE(shows(-1, Order::descending, 0));
}

TEST_F(Dropping, WriteAfterReadOfAHigherLaneShowsInAscendingOrder) {
    EXPECT_TRUE(shows(-1, Order::ascending, 1)); // lane t + 1 reads what t writes
    EXPECT_FALSE(shows(-1, Order::descending, 1));
}

TEST_F(Dropping, WriteAfterReadOfALowerLaneShowsInDescendingOrder) {
    EXPECT_FALSE(shows(1, Order::ascending, 1));
    EXPECT_TRUE(shows(1, Order::descending, 1));
}

TEST_F(Dropping, ARedundantBarrierDoesNotShow) {
    for (int step : {-1, 1})
        for (Order order : {Order::ascending, Order::descending}) EXPECT_FALSE(shows(step, order, 2));
}

TEST_F(Dropping, TheOneLeftOutIsNotAmongTheSites) {
    run(1, Order::ascending, sites_[1]);
    EXPECT_EQ(simt::sites(), (std::vector<simt::Site>{sites_[0], sites_[2]}));
}

TEST_F(Dropping, RandomOrderRepeatsItself) {
    int different = 0;
    for (uint64_t seed = 0; seed < 8; ++seed) {
        const auto one = run(1, Order::random, sites_[0], seed);
        EXPECT_EQ(one, run(1, Order::random, sites_[0], seed));
        different += one != right_;
        EXPECT_EQ(run(1, Order::random, {}, seed), right_);
    }
    EXPECT_EQ(different, 8); // some pair of the 127 neighbours runs the wrong way round in any order but one
}

/// Warps of a team sum among themselves for longer or shorter before they look at each other's sums.
__global__ void uneven(int* out) {
    int* s = reinterpret_cast<int*>(cuda::shared_memory());
    const unsigned t = threadIdx.x, warp = t / 32;
    int sum = 1;
    for (unsigned round = 0; round < 8 * (warp + 1); ++round) sum = __shfl_xor_sync(~0u, sum, 1) + (round % 2 ? 1 : 0);
    if (t % 32 == 0) s[warp] = sum;
    __syncthreads();
    if (t % 32 == 0) out[warp] = s[warp ^ 1];
}

TEST_F(Dropping, WarpsPartFarEnough) {
    std::vector<int> out(2);
    simt::launch(1, 64, 8, uneven, out.data());
    const std::vector<int> right = out;
    const simt::Site site = simt::sites().at(0);
    int shown = 0;
    for (Order order : {Order::ascending, Order::descending}) {
        simt::Schedule schedule;
        schedule.order = order;
        schedule.drop = site;
        simt::launch(schedule, 1, 64, 8, uneven, out.data());
        shown += out != right;
    }
    EXPECT_EQ(shown, 2);
}

} // namespace
} // namespace caviar
