// What device code does wrong is reported, with where each lane was, and never hangs; no lane's stack is left behind.

#include "cuda/device/intrinsics.cuh"
#include "tests/simt/launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace caviar {
namespace {

using testing::HasSubstr;

template <class Kind, class F> std::string report(const F& kernel, unsigned threads = 64, simt::Schedule schedule = {}) {
    try {
        simt::launch(schedule, 1, threads, 64, kernel);
    } catch (const Kind& fault) {
        return fault.what();
    }
    return "none";
}

TEST(Deadlock, ALaneThatEndsIsMissed) {
    const unsigned line = __LINE__ + 2;
    const std::string what = report<simt::Deadlock>([] {
        if (threadIdx.x != 40) __syncthreads();
    });
    EXPECT_THAT(what, HasSubstr("block (0,0,0) threads 0-39: at barrier 0 (63 of 64 threads have come), fault_test.cpp:" +
                                std::to_string(line)));
    EXPECT_THAT(what, HasSubstr("threads 40-40: ended"));
}

TEST(Deadlock, TwoBarriersThatWaitForEachOther) {
    const std::string what = report<simt::Deadlock>([] { cuda::named_barrier(threadIdx.x < 32 ? 1 : 2, 64); });
    EXPECT_THAT(what, HasSubstr("threads 0-31: at barrier 1 (32 of 64 threads have come)"));
    EXPECT_THAT(what, HasSubstr("threads 32-63: at barrier 2 (32 of 64 threads have come)"));
}

TEST(Deadlock, AShuffleWithoutALane) {
    const std::string what = report<simt::Deadlock>([] {
        if (threadIdx.x % 32 < 31) __shfl_sync(~0u, 1, 0);
    });
    EXPECT_THAT(what, HasSubstr("threads 0-30: in a shuffle of mask 0xffffffff at fault_test.cpp"));
    EXPECT_THAT(what, HasSubstr("threads 31-31: ended"));
}

TEST(Deadlock, SpinningOnWhatNobodyChanges) {
    int flag = 0;
    const std::string what = report<simt::Deadlock>([&flag] {
        while (atomicAdd(&flag, 0) == 0) {
        }
    });
    EXPECT_THAT(what, HasSubstr("without anything changing"));
    EXPECT_THAT(what, HasSubstr("threads 0-63: polling"));
}

TEST(Deadlock, WaitingForABlockThatIsNotResident) {
    int come = 0;
    const auto meet = [](int* count) {
        atomicAdd(count, 1);
        while (atomicAdd(count, 0) < 2) __nanosleep(100);
    };
    simt::Schedule schedule;
    try {
        simt::launch(schedule, 2, 1, 0, meet, &come);
        FAIL() << "no deadlock";
    } catch (const simt::Deadlock& fault) {
        EXPECT_THAT(fault.what(), HasSubstr("1 blocks have not started: resident_blocks is 1"));
    }
    come = 0;
    schedule.resident_blocks = 2;
    simt::launch(schedule, 2, 1, 0, meet, &come);
    EXPECT_EQ(come, 2);
}

TEST(Divergence, BarriersThatDisagreeAboutTheirThreads) {
    EXPECT_THAT(report<simt::Divergence>([] { cuda::named_barrier(1, threadIdx.x < 32 ? 32 * 3 : 64); }, 96),
                HasSubstr("comes to barrier 1 for 64 threads"));
}

TEST(Divergence, PartsOfWarpsDoNotMakeABarrier) {
    const std::string what = report<simt::Divergence>([] {
        if (threadIdx.x % 32 < 16) cuda::named_barrier(1, 32);
    });
    EXPECT_THAT(what, HasSubstr("only a part of a warp"));
}

TEST(Divergence, BranchesOfAWarpAtDifferentBarriers) {
    const std::string what = report<simt::Divergence>([] {
        if (threadIdx.x % 2)
            __syncthreads();
        else
            __syncthreads();
    });
    EXPECT_THAT(what, HasSubstr("at different lines"));
}

TEST(Divergence, BranchesOfAWarpInDifferentCollectives) {
    EXPECT_THAT(report<simt::Divergence>([] {
                    if (threadIdx.x % 32 < 5)
                        __shfl_sync(~0u, 1, 0);
                    else
                        __syncwarp();
                }),
                HasSubstr("lanes of its mask wait in another one"));
    EXPECT_THAT(report<simt::Divergence>([] { __ballot_sync(threadIdx.x < 5 ? ~0u : ~1u, 1); }),
                HasSubstr("wait with another mask"));
}

TEST(Divergence, MasksThatCannotBe) {
    EXPECT_THAT(report<simt::Divergence>([] { __syncwarp(1); }), HasSubstr("thread (1,0,0) comes to a collective"));
    EXPECT_THAT(report<simt::Divergence>([] { __syncwarp(); }, 16), HasSubstr("lanes that the warp has not"));
    EXPECT_THAT(report<simt::Fault>([] {
                    if (threadIdx.x < 4) __shfl_sync(0xfu, 1, 4);
                }),
                HasSubstr("reads from lane 4, which is not in the mask"));
}

TEST(Fault, BarriersThatAreNone) {
    EXPECT_THAT(report<simt::Fault>([] { cuda::named_barrier(16, 64); }), HasSubstr("there are 0 to 15"));
    EXPECT_THAT(report<simt::Fault>([] { cuda::named_barrier(1, 48); }), HasSubstr("whole warps"));
    EXPECT_THAT(report<simt::Fault>([] { cuda::named_barrier(1, 128); }), HasSubstr("whole warps of a block of 64"));
}

TEST(Fault, LaunchesThatADeviceRefuses) {
    const auto nothing = [] {};
    EXPECT_THROW(simt::launch(1, 1025, 0, nothing), simt::Fault);
    EXPECT_THROW(simt::launch(1, 0, 0, nothing), simt::Fault);
    EXPECT_THROW(simt::launch(0, 32, 0, nothing), simt::Fault);
    EXPECT_THROW(simt::launch(1, 32, (227 << 10) + 1, nothing), simt::Fault);
    EXPECT_THROW(simt::launch(1, 32, 0, [&] { simt::launch(1, 32, 0, nothing); }), simt::Fault);
    EXPECT_THROW(__syncthreads(), simt::Fault) << "outside a launch";
}

TEST(Fault, ATrapNamesItsThread) {
    const std::string what = report<simt::Trap>([] {
        if (threadIdx.x == 33) __trap();
    });
    EXPECT_EQ(what, "block (0,0,0), thread (33,0,0): trap at fault_test.cpp:" + std::to_string(__LINE__ - 2));
}

/// Counts those alive: a stack that is given up must have been unwound.
struct Counted {
    int* alive;
    explicit Counted(int* count) : alive(count) { ++*alive; }
    ~Counted() { --*alive; }
};

TEST(Fault, WhatALaneThrowsComesOutAndTheOthersAreUnwound) {
    if (simt::under_tsan) GTEST_SKIP() << "the counter is shared by design";
    for (int repeat = 0; repeat < 3; ++repeat) {
        int alive = 0;
        EXPECT_THROW(simt::launch(1, 64, 0,
                                  [&alive] {
                                      const Counted counted(&alive);
                                      if (threadIdx.x == 50) throw std::out_of_range("lane 50");
                                      __syncthreads();
                                  }),
                     std::out_of_range);
        EXPECT_EQ(alive, 0);
    }
}

TEST(Memory, StartsAsNaN) {
    int numbers = 0;
    simt::launch(3, 1, 64, [&numbers] {
        float* s = reinterpret_cast<float*>(cuda::shared_memory());
        for (int i = 0; i < 16; ++i) {
            numbers += s[i] == s[i];
            s[i] = 1; // not for the next block to see
        }
    });
    EXPECT_EQ(numbers, 0);
}

TEST(Memory, WritingBeyondItIsAFault) {
    if (simt::under_asan) GTEST_SKIP() << "AddressSanitizer stops at once";
    for (int where : {-1, 64})
        EXPECT_THAT(report<simt::Fault>([where] { cuda::shared_memory()[where] = static_cast<char>(threadIdx.x); }, 1),
                    HasSubstr("wrote outside its 64 bytes"));
}

} // namespace
} // namespace caviar
