// Barriers of a block, of teams side by side, of a warp's halves.

#include "cuda/device/intrinsics.cuh"
#include "tests/simt/launch.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace caviar {
namespace {

using simt::Order;

/// Each block turns its part of `in` round, by way of shared memory.
__global__ void reverse(const int* in, int* out) {
    int* s = reinterpret_cast<int*>(cuda::shared_memory());
    const unsigned n = blockDim.x, first = blockIdx.x * n;
    s[threadIdx.x] = in[first + threadIdx.x];
    __syncthreads();
    out[first + threadIdx.x] = s[n - 1 - threadIdx.x];
}

class EveryOrder : public testing::TestWithParam<Order> {
protected:
    simt::Schedule schedule(uint64_t seed = 0) const {
        simt::Schedule s;
        s.order = GetParam();
        s.seed = seed;
        return s;
    }
};

TEST_P(EveryOrder, ABlockMeets) {
    for (unsigned threads : {1u, 32u, 48u, 256u, 1024u}) {
        std::vector<int> in(3 * threads), out(in.size());
        std::iota(in.begin(), in.end(), 0);
        simt::launch(schedule(threads), 3, threads, threads * sizeof(int), reverse, in.data(), out.data());
        for (unsigned b = 0; b < 3; ++b)
            for (unsigned i = 0; i < threads; ++i) ASSERT_EQ(out[b * threads + i], static_cast<int>((b + 1) * threads - 1 - i));
    }
}

TEST_P(EveryOrder, IndicesCoverTheGrid) {
    std::vector<int> times(2 * 3 * 2 * 4 * 5 * 3);
    simt::launch(
        schedule(), dim3(2, 3, 2), dim3(4, 5, 3), 0,
        [](int* at) {
            const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
            const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
            ++at[block * blockDim.x * blockDim.y * blockDim.z + thread];
        },
        times.data());
    EXPECT_EQ(times, std::vector<int>(times.size(), 1));
}

/// Teams of a block that sum by halves, each at a barrier of its own and as often as it has to.
__global__ void team_sums(int team, const int* in, int* out) {
    int* s = reinterpret_cast<int*>(cuda::shared_memory());
    const int t = static_cast<int>(threadIdx.x), id = 1 + t / team, rank = t % team;
    const int rounds = id; // the teams part ways
    for (int round = 0; round < rounds; ++round) {
        s[t] = in[t] + round;
        for (int half = team / 2; half > 0; half /= 2) {
            cuda::named_barrier(id, team);
            if (rank < half) s[t] += s[t + half];
        }
        if (rank == 0) out[id - 1] = s[t];
        cuda::named_barrier(id, team);
    }
}

TEST_P(EveryOrder, TeamsMeetSideBySide) {
    std::vector<int> in(256), out(4);
    std::iota(in.begin(), in.end(), 0);
    simt::launch(schedule(), 1, 256, 256 * sizeof(int), team_sums, 64, in.data(), out.data());
    for (int team = 0; team < 4; ++team) EXPECT_EQ(out[static_cast<size_t>(team)], 64 * 64 * team + 64 * 63 / 2 + 64 * team);
}

TEST_P(EveryOrder, HalvesOfAWarpMeetApart) {
    std::vector<int> out(64);
    simt::launch(
        schedule(), 1, 64, 64 * sizeof(int),
        [](int* at) {
            volatile int* s = reinterpret_cast<int*>(cuda::shared_memory());
            const unsigned t = threadIdx.x, half = t / 16 % 2, mask = half ? 0xffff0000u : 0x0000ffffu;
            for (unsigned round = 0; round <= half; ++round) {
                s[t] = static_cast<int>(t + round);
                cuda::warp_barrier(mask);
                at[t] = s[t ^ 15];
                cuda::warp_barrier(mask);
            }
        },
        out.data());
    for (int t = 0; t < 64; ++t) EXPECT_EQ(out[static_cast<size_t>(t)], (t ^ 15) + t / 16 % 2);
}

INSTANTIATE_TEST_SUITE_P(Schedules, EveryOrder, testing::Values(Order::ascending, Order::descending, Order::random));

TEST(Launch, SitesAreTheBarriersInTheirOrder) {
    simt::launch(1, 32, 0, [] {
        __syncthreads();
        for (int i = 0; i < 2; ++i) {
            cuda::warp_barrier();
            cuda::named_barrier(3, 32);
        }
    });
    const unsigned last = __LINE__ - 3;
    const std::vector<simt::Site> sites = simt::sites();
    ASSERT_EQ(sites.size(), 3u);
    EXPECT_EQ(sites[0].text(), "barrier_test.cpp:" + std::to_string(last - 3));
    EXPECT_EQ(sites[1].text(), "barrier_test.cpp:" + std::to_string(last - 1));
    EXPECT_EQ(sites[2].text(), "barrier_test.cpp:" + std::to_string(last));
}

/// Like the blocks' own: the caller's line goes through.
struct Team {
    void sync(cuda::Site site = cuda::Site::here()) { cuda::block_barrier(site); }
};

constexpr unsigned use_line = __LINE__ + 1;
template <class T> void use(T& team) { team.sync(); }

TEST(Launch, ASiteIsTheCallersLine) {
    simt::launch(1, 64, 0, [] {
        Team team;
        use(team);
    });
    ASSERT_EQ(simt::sites().size(), 1u);
    EXPECT_EQ(simt::sites()[0].text(), "barrier_test.cpp:" + std::to_string(use_line));
}

} // namespace
} // namespace caviar
