// What the sanitizers see of lanes. Each case runs where its sanitizer is built in.

#include "cuda/device/intrinsics.cuh"
#include "tests/simt/launch.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

namespace caviar {
namespace {

float out[64];
constexpr int reported = 66; // ThreadSanitizer's exit code

/// Each lane reads what its neighbour wrote; `how` is meant to come between.
template <class How> void exchange(const How& how) {
    simt::launch(1, 64, 64 * sizeof(float), [&how] {
        float* s = reinterpret_cast<float*>(cuda::shared_memory());
        const unsigned t = threadIdx.x;
        s[t] = static_cast<float>(t);
        how();
        out[t] = s[t ^ 1];
    });
}

class Tsan : public testing::Test {
    void SetUp() override {
        if (!simt::under_tsan) GTEST_SKIP() << "needs -fsanitize=thread";
        GTEST_FLAG_SET(death_test_style, "threadsafe"); // in a child of fork, TSan no longer sees what orders threads
    }
};

/// In a process of its own, as what is reported makes it fail.
template <class F> void expect_race(const F& f) {
    EXPECT_EXIT(
        {
            f();
            std::exit(0);
        },
        testing::ExitedWithCode(reported), "ThreadSanitizer: data race [^ ]*sanitizer_test.cpp");
}
template <class F> void expect_no_race(const F& f) {
    EXPECT_EXIT(
        {
            f();
            std::exit(0);
        },
        testing::ExitedWithCode(0), "");
}

TEST_F(Tsan, SeesAMissingBarrier) {
    expect_race([] { exchange([] {}); });
    expect_no_race([] { exchange([] { __syncthreads(); }); });
    expect_no_race([] { exchange([] { __syncwarp(); }); });
    expect_no_race([] { exchange([] { cuda::named_barrier(2, 64); }); });
}

TEST_F(Tsan, SeesADroppedBarrier) {
    expect_race([] {
        exchange([] { __syncthreads(); });
        simt::Schedule schedule;
        schedule.drop = simt::sites().at(0);
        simt::launch(schedule, 1, 64, 256, [] {
            float* s = reinterpret_cast<float*>(cuda::shared_memory());
            s[threadIdx.x] = 1;
            cuda::block_barrier(simt::sites().at(0));
            out[threadIdx.x] = s[63 - threadIdx.x];
        });
    });
}

TEST_F(Tsan, SeesThatAShuffleOrdersNothing) {
    expect_race([] { exchange([] { __shfl_xor_sync(~0u, 1, 1); }); });
    expect_race([] { exchange([] { __ballot_sync(~0u, 1); }); });
}

TEST_F(Tsan, SeesABarrierOfTooFew) {
    expect_race([] { exchange([] { __syncwarp(1u << threadIdx.x % 32); }); });
}

TEST_F(Tsan, SeesABarrierThatIsOneTooEarly) {
    expect_race([] {
        simt::launch(1, 64, 256, [] {
            float* s = reinterpret_cast<float*>(cuda::shared_memory());
            for (int i = 0; i < 2; ++i) {
                s[threadIdx.x] = 1;
                __syncthreads();
                out[threadIdx.x] += s[63 - threadIdx.x]; // the next round's write does not wait for it
            }
        });
    });
}

TEST_F(Tsan, SeesAnAtomicWithoutItsFence) {
    expect_race([] {
        static int part[4];
        static unsigned done;
        simt::Schedule schedule;
        schedule.resident_blocks = 4;
        simt::launch(schedule, 4, 1, 0, [] {
            part[blockIdx.x] = 1;
            if (atomicAdd(&done, 1) < 3) return;
            for (int p : part) out[0] += static_cast<float>(p);
        });
    });
}

TEST_F(Tsan, SeesACopyThatOthersReadTooEarly) {
    expect_race([] {
        alignas(16) static const float in[4] = {1, 2, 3, 4};
        simt::launch(1, 32, 16, [] {
            if (threadIdx.x == 0) {
                cuda::cp_async_16(cuda::shared_memory(), in);
                cuda::cp_async_commit();
            }
            __syncthreads();
            cuda::cp_async_wait<0>(); // must come before the barrier
            out[threadIdx.x] = *reinterpret_cast<float*>(cuda::shared_memory());
        });
    });
}

struct alignas(16) Four {
    float v[4];
};

/// Lanes write 16 bytes at once, or read them at once.
template <class T> void exchange_sixteen(bool writes) {
    simt::launch(1, 64, 64 * 16, [writes] {
        float* s = reinterpret_cast<float*>(cuda::shared_memory());
        const unsigned t = threadIdx.x;
        const float f = static_cast<float>(t) + 0.5f;
        const T x{f, f, f, f};
        if (writes)
            reinterpret_cast<T*>(s)[t] = x;
        else
            for (unsigned i = 0; i < 4; ++i) s[4 * t + i] = 1;
        if (writes)
            out[t] = s[4 * (t ^ 1)];
        else {
            const T y = reinterpret_cast<T*>(s)[t ^ 1];
            __syncthreads();
            reinterpret_cast<T*>(s)[t ^ 1] = y;
        }
    });
}

TEST_F(Tsan, SeesSixteenBytesAtOnce) {
    expect_race([] { exchange_sixteen<float4>(true); });
    expect_race([] { exchange_sixteen<float4>(false); });
    expect_race([] { exchange_sixteen<Four>(true); });
    expect_race([] { exchange_sixteen<Four>(false); });
}

TEST(Asan, SeesTheEndOfSharedMemory) {
    if (!simt::under_asan) GTEST_SKIP() << "needs -fsanitize=address";
    for (int where : {-4, 100, 1000})
        EXPECT_DEATH(simt::launch(1, 1, 100,
                                  [where] {
                                      volatile char* s = cuda::shared_memory();
                                      static_cast<void>(s[where]);
                                  }),
                     "use-after-poison");
}

TEST(Asan, SeesALanesStack) {
    if (!simt::under_asan) GTEST_SKIP() << "needs -fsanitize=address";
    EXPECT_DEATH(simt::launch(1, 64, 0,
                              [] {
                                  volatile int local[4] = {};
                                  __syncthreads();
                                  volatile int beyond = 4 + static_cast<int>(threadIdx.x) / 64;
                                  local[beyond] = 1;
                                  out[0] = static_cast<float>(local[3]);
                              }),
                 "stack-buffer-overflow|index 4 out of bounds");
}

} // namespace
} // namespace caviar
