// Shuffles and votes: what each lane gets.

#include "cuda/device/intrinsics.cuh"
#include "tests/simt/launch.h"

#include <gtest/gtest.h>

#include <vector>

namespace caviar {
namespace {

/// f(lane) of each of 64 threads.
template <class T, class F> std::vector<T> of_each(const F& f) {
    std::vector<T> out(64);
    simt::launch(
        1, 64, 0, [&f](T* at) { at[threadIdx.x] = f(static_cast<int>(threadIdx.x % 32)); }, out.data());
    EXPECT_TRUE(std::equal(out.begin(), out.begin() + 32, out.begin() + 32)) << "the warps differ";
    out.resize(32);
    return out;
}

TEST(Shuffle, ReadsFromAnyLane) {
    const auto out = of_each<int>([](int lane) { return __shfl_sync(~0u, 100 + lane, lane * 5 + 3); });
    for (int lane = 0; lane < 32; ++lane) EXPECT_EQ(out[static_cast<size_t>(lane)], 100 + (lane * 5 + 3) % 32);
}

TEST(Shuffle, SegmentsStayApart) {
    const auto broadcast = of_each<int>([](int lane) { return __shfl_sync(~0u, lane, 2, 8); });
    const auto down = of_each<int>([](int lane) { return __shfl_down_sync(~0u, lane, 3, 8); });
    const auto up = of_each<int>([](int lane) { return __shfl_up_sync(~0u, lane, 3, 8); });
    const auto crossed = of_each<int>([](int lane) { return __shfl_xor_sync(~0u, lane, 5, 8); });
    for (int lane = 0; lane < 32; ++lane) {
        const size_t i = static_cast<size_t>(lane);
        EXPECT_EQ(broadcast[i], lane / 8 * 8 + 2);
        EXPECT_EQ(down[i], lane % 8 + 3 < 8 ? lane + 3 : lane);
        EXPECT_EQ(up[i], lane % 8 >= 3 ? lane - 3 : lane);
        EXPECT_EQ(crossed[i], lane ^ 5);
    }
}

TEST(Shuffle, TakesFloatsAndEightBytes) {
    EXPECT_EQ(of_each<float>([](int lane) { return __shfl_xor_sync(~0u, 0.5f + static_cast<float>(lane), 16); })[3], 19.5f);
    EXPECT_EQ(of_each<double>([](int lane) { return __shfl_xor_sync(~0u, 0.1 + lane, 1); })[3], 0.1 + 2);
    EXPECT_EQ(of_each<unsigned long long>([](int lane) { return __shfl_sync(~0u, 1ull << (32 + lane % 16), 9); })[0], 1ull << 41);
}

TEST(Shuffle, ALaneThatGoesOnDoesNotDisturbTheOthers) {
    const auto sums = of_each<int>([](int lane) {
        int sum = lane;
        for (int with = 16; with > 0; with /= 2) sum += __shfl_xor_sync(~0u, sum, with);
        return sum;
    });
    EXPECT_EQ(sums, std::vector<int>(32, 31 * 16));
}

TEST(Shuffle, HalfWarpsGoTheirOwnWay) {
    const auto sums = of_each<int>([](int lane) {
        const unsigned mask = lane < 16 ? 0x0000ffffu : 0xffff0000u;
        int sum = lane;
        for (int repeat = 0; repeat < (lane < 16 ? 1 : 3); ++repeat)
            for (int with = 8; with > 0; with /= 2) sum += __shfl_xor_sync(mask, sum, with);
        return sum;
    });
    for (int lane = 0; lane < 32; ++lane) EXPECT_EQ(sums[static_cast<size_t>(lane)], lane < 16 ? 120 : 376 * 16 * 16);
}

TEST(Vote, CountsTheLanesOfItsMask) {
    const auto ballots = of_each<unsigned>([](int lane) { return __ballot_sync(~0u, lane % 3 == 0); });
    EXPECT_EQ(ballots, std::vector<unsigned>(32, 0x49249249u));
    const auto any = of_each<int>([](int lane) { return __any_sync(~0u, lane == 31) * 2 + __any_sync(~0u, lane == 32); });
    EXPECT_EQ(any, std::vector<int>(32, 2));
    const auto all = of_each<int>([](int lane) {
        const unsigned mask = lane < 8 ? 0xffu : ~0xffu;
        return __all_sync(mask, lane < 8 || lane > 20);
    });
    for (int lane = 0; lane < 32; ++lane) EXPECT_EQ(all[static_cast<size_t>(lane)], lane < 8);
}

} // namespace
} // namespace caviar
