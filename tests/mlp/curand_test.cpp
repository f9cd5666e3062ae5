/// cuRAND's own Philox, compiled for the host; only where its headers are installed (they need no device and no nvcc).
/// A file of its own, as cuRAND and Random123 define functions of the same name.
#include "caviar/mlp/philox.h"

#include <gtest/gtest.h>

#if __has_include(<curand_philox4x32_x.h>)
#define QUALIFIERS static inline
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <vector_types.h>
#include <curand_philox4x32_x.h>
#pragma GCC diagnostic pop

#include <random>

namespace caviar::mlp {
namespace {

TEST(Philox, EqualsCuRand) {
    std::mt19937 engine(8);
    for (int i = 0; i < 10000; ++i) {
        uint32_t w[6];
        for (uint32_t& x : w) x = static_cast<uint32_t>(engine());
        const Block4 got = philox({{w[0], w[1], w[2], w[3]}}, {{w[4], w[5]}});
        const uint4 want = curand_Philox4x32_10(uint4{w[0], w[1], w[2], w[3]}, uint2{w[4], w[5]});
        EXPECT_EQ(got.word[0], want.x);
        EXPECT_EQ(got.word[1], want.y);
        EXPECT_EQ(got.word[2], want.z);
        EXPECT_EQ(got.word[3], want.w);
    }
}

} // namespace
} // namespace caviar::mlp
#endif
