// cp.async: a copy is there after the wait that covers it, and not before.

#include "cuda/device/intrinsics.cuh"
#include "tests/simt/launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace caviar {
namespace {

struct alignas(16) Row {
    float x[4];
};

const Row rows[3] = {{{1, 2, 3, 4}}, {{5, 6, 7, 8}}, {{9, 10, 11, 12}}};

TEST(Copies, ArriveGroupByGroup) {
    float seen[3][3] = {}; // stage, row
    simt::launch(1, 1, sizeof rows, [&seen] {
        float* s = reinterpret_cast<float*>(cuda::shared_memory());
        for (int i = 0; i < 12; ++i) s[i] = 0;
        const auto look = [&](int stage) {
            for (int row = 0; row < 3; ++row) seen[stage][row] = s[4 * row + 3];
        };
        cuda::cp_async_16(s, &rows[0]);
        cuda::cp_async_commit();
        cuda::cp_async_16(s + 4, &rows[1]);
        cuda::cp_async_commit();
        cuda::cp_async_16(s + 8, &rows[2]);
        look(0);
        cuda::cp_async_wait<1>();
        look(1);
        cuda::cp_async_commit();
        cuda::cp_async_wait<0>();
        look(2);
    });
    for (int row = 0; row < 3; ++row) EXPECT_TRUE(std::isnan(seen[0][row])) << "it might have come by then, or not";
    EXPECT_EQ(seen[1][0], 4);
    EXPECT_TRUE(std::isnan(seen[1][1]) && std::isnan(seen[1][2]));
    EXPECT_EQ(seen[2][0], 4);
    EXPECT_EQ(seen[2][1], 8);
    EXPECT_EQ(seen[2][2], 12);
}

template <class F> std::string fault_of(const F& kernel) {
    try {
        simt::launch(1, 32, 64, kernel);
    } catch (const simt::Fault& fault) {
        return fault.what();
    }
    return "none";
}

TEST(Copies, AForgottenWaitIsAFault) {
    EXPECT_THAT(fault_of([] {
                    if (threadIdx.x != 7) return;
                    cuda::cp_async_16(cuda::shared_memory(), rows);
                    cuda::cp_async_wait<0>(); // covers nothing: the group is not closed
                }),
                testing::HasSubstr("thread (7,0,0) ended without waiting for its cp.async copies"));
}

TEST(Copies, BadAddressesAreFaults) {
    EXPECT_THAT(fault_of([] { cuda::cp_async_16(cuda::shared_memory() + 8, rows); }), testing::HasSubstr("not multiples of 16"));
    EXPECT_THAT(fault_of([] { cuda::cp_async_16(cuda::shared_memory(), rows[0].x + 1); }),
                testing::HasSubstr("not multiples of 16"));
    EXPECT_THAT(fault_of([] { cuda::cp_async_16(cuda::shared_memory() + 64, rows); }),
                testing::HasSubstr("outside the block's shared memory"));
}

} // namespace
} // namespace caviar
